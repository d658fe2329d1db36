"""The command line: `delegation demo | run | apply | do | commands | keys | audit | backup | restored | doctor | …`."""

from importlib import import_module
from typing import Final

import click
from typing_extensions import override

_MODULES: Final = {
    "demo": "demo",
    "run": "commands",
    "apply": "commands",
    "do": "commands",
    "commands": "commands",
    "keys": "keys",
    "audit": "audit",
    "backup": "keeping",
    "restored": "keeping",
    "doctor": "doctor",
    "policy": "policy",
}
"""Where each command is defined; a policy is tested without waiting for the service to be imported."""


class _Commands(click.Group):
    """Commands whose modules are imported when they are asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"delegation.cli.{_MODULES[cmd_name]}")
        found: click.Command = module.COMMANDS[cmd_name]
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="delegation-service")
def main() -> None:
    """Tokens that let an AI agent do one thing, in one place, for one user, until then."""
