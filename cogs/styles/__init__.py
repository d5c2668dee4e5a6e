"""Styles and personal defaults, as members type and press them."""
