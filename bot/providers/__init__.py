"""Image APIs over HTTP, and the pictures that members refer to."""
