"""Credits: counters, holds, grants, the ledger and its check."""
