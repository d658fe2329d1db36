"""Tests of the examples: they are run, as a newcomer runs them."""
