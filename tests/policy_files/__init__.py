"""Tests of policies in files, and of the commands that work on them."""
