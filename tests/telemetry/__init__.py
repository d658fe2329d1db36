"""What operators see: counters, traces, and the lines of the log."""
