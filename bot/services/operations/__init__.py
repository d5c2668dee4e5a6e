"""For the operator: alerts, the database's health, jobs that stalled, commands from the shell."""
