"""How a person drives it: one file a command."""
