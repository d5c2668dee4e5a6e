"""What servers decided, the audit log, and what goes when a server does."""
