"""Commands, menus and buttons of members."""
