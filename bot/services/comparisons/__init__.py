"""Models that members let be compared: one prompt, one message, one vote."""
