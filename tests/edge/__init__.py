"""Tests of the engine at the edge."""
