"""The facts at one revision, indexed both ways."""
