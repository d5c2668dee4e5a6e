"""Results that members like: favourites, by a star or a button."""
