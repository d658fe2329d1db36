"""The engine's benchmarks, at sizes at which their figures mean nothing and their machinery shows."""
