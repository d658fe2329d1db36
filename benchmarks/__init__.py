"""Every figure that the documentation quotes, measured by one command: `python -m benchmarks`."""
