"""What background tasks share: a wake event, backoff, the job that the log names."""
