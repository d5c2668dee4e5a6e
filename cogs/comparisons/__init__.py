"""Comparisons of models: the command, and what is pressed below them."""
