"""What operators read: the command line, checks, alerts."""
