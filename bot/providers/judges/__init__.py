"""Judges of words and pictures over HTTP: one file for each kind, one transport."""
