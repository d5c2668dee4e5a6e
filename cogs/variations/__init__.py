"""Variations of results: the menu below their details, and what a choice makes."""
