"""Conditions: what parameters take, what expressions may say, and how they fail."""
