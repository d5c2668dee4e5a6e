"""Cards that only staff reads."""
