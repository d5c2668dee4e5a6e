"""What is said of a request: violations, notes, refusals and failures."""
