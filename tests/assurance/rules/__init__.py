"""Rules against the classes of bug, theme by theme, each with the mistakes that break it."""
