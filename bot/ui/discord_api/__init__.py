"""Sending to Discord and reading from it."""
