"""The command line: `delegation run | apply | do | keys | audit | policy`."""

from delegation.cli.commands import main
from delegation.cli.policy import policy

__all__ = ["main"]

main.add_command(policy)
