"""`generate`: one request without Discord."""
