"""Private cards about what a member keeps: styles, and their own defaults."""
