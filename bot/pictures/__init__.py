"""Untrusted pictures: inspected, converted and fitted in worker processes that may be killed."""
