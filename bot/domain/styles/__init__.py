"""What members keep to ask again by: styles, and their own defaults."""
