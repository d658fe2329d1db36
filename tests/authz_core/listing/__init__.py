"""Tests of listing: what a subject reaches, who reaches an object, what lies between the two."""
