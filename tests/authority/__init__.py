"""The authority room: chains, bounds and effective rights, beside an oracle that knows nothing of it."""
