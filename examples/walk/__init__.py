"""The walk: `python -m examples.walk` starts everything from nothing and tells what happens."""
