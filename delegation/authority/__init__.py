"""The heart: what a delegation is worth now, who may make one, and what ends it."""
