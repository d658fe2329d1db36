"""Mutants of the engine: small faults put in one at a time, each of which some test should notice."""
