"""Every figure about the engine alone, measured by one command: `python -m benchmarks.engine`."""
