"""The door: the only rooms that know HTTP; one module for each surface."""
