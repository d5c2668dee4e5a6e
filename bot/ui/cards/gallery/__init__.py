"""Cards of results that members like."""
