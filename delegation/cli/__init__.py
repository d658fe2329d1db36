"""The command line: `delegation run | apply | do | keys | audit`."""

from delegation.cli.commands import main

__all__ = ["main"]
