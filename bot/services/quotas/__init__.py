"""Credits: what a member may still spend, limits, windows, reservations and refunds."""
