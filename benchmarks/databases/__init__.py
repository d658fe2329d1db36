"""What the service does on each of the two databases, with many organizations in it."""
