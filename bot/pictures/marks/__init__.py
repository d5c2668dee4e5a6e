"""Marks of where a picture comes from: found, checked and written. Runs in workers."""
