"""Connections to image services and to addresses of pictures."""
