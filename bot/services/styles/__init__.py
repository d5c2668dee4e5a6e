"""Styles and personal defaults: kept, found, and put into requests."""
