"""Checks: whether a subject, or an imaginary holder of relations, has a relation on an object."""
