"""What an accepted request is made of, before it is stored."""
