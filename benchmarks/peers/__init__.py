"""Servers of others, run on this machine and driven by the same generator as the service."""
