"""Tests of the change feed and of the door to it."""
