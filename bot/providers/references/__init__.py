"""Reference pictures on their way to an image service."""
