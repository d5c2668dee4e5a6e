"""Credits: windows, allowances, whose limit is in force, and what can be wrong with the ledger."""
