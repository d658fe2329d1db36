"""Tests of `delegation.tokens`."""
