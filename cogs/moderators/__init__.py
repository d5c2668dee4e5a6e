"""Commands, panels and buttons of moderators and managers."""
