"""Opening a database, and units of work over it."""
