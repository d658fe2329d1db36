"""`delegation doctor`: what is wrong, and what to do next."""

import json
import sys

import click

from delegation.app.clock import utc_now
from delegation.app.doctor import Finding, Grade, examined
from delegation.cli.deployment import carried_out, settings_with
from delegation.settings import Settings


@click.command()
@click.option("--json", "as_documents", is_flag=True, help="Write JSON, one object a line.")
@click.option("--offline", is_flag=True, help="Ask nobody over the network but the database.")
def doctor(*, as_documents: bool, offline: bool) -> None:
    """Look at everything that may be wrong and change nothing: exit 0 for well, 1 for warnings, 2 for faults."""
    findings = carried_out(_all(settings_with(), offline=offline))
    for finding in findings:
        click.echo(json.dumps(finding.document()) if as_documents else finding.line())
    sys.exit(max((finding.grade for finding in findings), default=Grade.WELL))


async def _all(settings: Settings, *, offline: bool) -> list[Finding]:
    return [finding async for finding in examined(settings, clock=utc_now, offline=offline)]


COMMANDS = {"doctor": doctor}
