"""The door: what it lets in, how long it waits, what it writes down."""
