"""What a server decided, and who may use the bot there."""
