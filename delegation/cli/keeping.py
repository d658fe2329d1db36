"""`delegation backup` and `delegation restored`: a copy of the database, and a copy that takes its place."""

from pathlib import Path
from typing import Final

import click

from delegation.app.clock import utc_now
from delegation.app.restoring import restore
from delegation.cli.deployment import carried_out, settings_with
from delegation.store import StoreError, back_up

_existing: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the embedded database to FILE, which must not be there, while it is used; PostgreSQL has pg_dump."""
    try:
        size = back_up(settings_with().database, file)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file}: {size} octets, read back")


@click.command()
@click.option(
    "--export", "exports", type=_existing, multiple=True, metavar="FILE", help="An export made after the backup."
)
@click.option("--complete", is_flag=True, help="Nothing was acknowledged after the last export.")
def restored(exports: tuple[Path, ...], *, complete: bool) -> None:
    """Prepare a database that was restored, before anything serves it: nothing that was revoked comes back.

    What exports of the log tell is brought back, in the order of the options. Every token of before is refused. Unless
    the exports are complete, every agent is suspended in every organization until an administrator resumes it.
    """
    done = carried_out(restore(settings_with(), exports, complete=complete, clock=utc_now))
    click.echo(f"brought back: {done.entries} entries of the log")
    click.echo("every token that was issued before is refused; agents get new ones by themselves")
    if done.agents:
        click.echo(f"suspended until they are resumed: {done.agents} admissions of agents")
    if done.delegations:
        click.echo(f"suspended until they are resumed: {done.delegations} delegations with a budget")


COMMANDS = {"backup": backup, "restored": restored}
