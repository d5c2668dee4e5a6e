"""What judges say of words and pictures, and what becomes of them."""
