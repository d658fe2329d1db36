"""The life of a process: it starts, says how it is, keeps the time, makes room for the next one, and ends."""
