"""The check between image services and channels."""
