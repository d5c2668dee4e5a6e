"""Jobs: guarded transitions, calls, pick-ups, queries."""
