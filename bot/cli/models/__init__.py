"""`easel models`: the catalog, what a service lists, and adding one of its models."""
