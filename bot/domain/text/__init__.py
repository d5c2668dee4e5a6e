"""Reading what people write: flags, replies, forbidden words."""
