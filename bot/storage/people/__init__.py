"""What is kept about people, and taking it out."""
