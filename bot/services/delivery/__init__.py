"""From a finished job to messages on Discord: results, tickets, pick-up, the log channel."""
