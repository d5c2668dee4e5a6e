"""A draft held against an offer: every violation, or the request that it becomes."""
