"""What moderators and managers read."""
