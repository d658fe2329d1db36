"""Why the engine answers as it does."""
