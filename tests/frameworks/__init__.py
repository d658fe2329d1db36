"""Tests of the examples in frameworks, which `make frameworks` installs and runs."""
