"""The soak: an hour of everything at once, and nothing in the process may grow."""
