"""`check`: a line for everything that must be right before the bot can serve."""
