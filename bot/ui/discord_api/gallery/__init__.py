"""Stars on results, and the galleries that show what has enough of them."""
