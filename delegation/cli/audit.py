"""`delegation audit`: what was recorded, verified by whoever has the database and by whoever has not."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import click

from delegation.app import auditing, retention
from delegation.app.clock import utc_now
from delegation.audit import Entry, Held, InvalidExport, Report, check, held_in, line_of
from delegation.cli.deployment import carried_out, settings_with
from delegation.tokens import InvalidJSON, InvalidKey, VerificationKeys, json_value, usable_keys

F = TypeVar("F", bound=Callable[..., None])

_LONGEST: Final = 36_500
_existing: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def _held_option(command: F) -> F:
    text = "Seals, or an export, kept earlier. May be given several times."
    return click.option("--held", "held_files", type=_existing, multiple=True, metavar="FILE", help=text)(command)


def _age(_: click.Context, __: click.Parameter, text: str) -> timedelta:
    days = text.removesuffix("d")
    if not days.isdecimal() or not 0 <= int(days) <= _LONGEST:
        raise click.BadParameter("write days, such as 400d")
    return timedelta(days=int(days))


@click.group()
def audit() -> None:
    """Seal, verify, export, check and purge what was recorded."""


@audit.command()
@_held_option
@click.option("--keys", "keys_file", type=_existing, metavar="FILE", help="Believe these keys, not the database's.")
def verify(held_files: tuple[Path, ...], keys_file: Path | None) -> None:
    """Check every chain and every seal of the log: exit 1, with the first bad entry of each, when there is one."""
    keys = None if keys_file is None else _keys_in(keys_file)
    _tell(carried_out(auditing.verified(settings_with(), keys=keys, held=_held_in(held_files), clock=utc_now)))


@audit.command(name="check")
@click.argument("file", type=click.File("rb"), metavar="EXPORT")
@click.option("--keys", "keys_file", type=_existing, required=True, metavar="FILE", help="Keys of seals, kept earlier.")
@_held_option
def check_export(file: BinaryIO, keys_file: Path, held_files: tuple[Path, ...]) -> None:
    """Check an EXPORT against seals and keys that were kept earlier: exit 1, with the first bad entry of each chain.

    Needs no database and no settings; `-` reads from standard input.
    """
    with _refusals("the export"):
        opening, report = check(file, keys=_keys_in(keys_file), held=_held_in(held_files))
    if opening.organization is not None:
        click.echo(f"this tells of organization `{opening.organization}` alone")
    if not held_files:
        click.echo("without an earlier seal, all of it may have been written anew by whoever has the signing key")
    _tell(report)


@audit.command()
@click.option("--last", type=click.IntRange(min=1), default=1, show_default=True, help="How many.")
def seals(last: int) -> None:
    """Print the newest seals, to be kept elsewhere."""
    _print(carried_out(auditing.newest_seals(settings_with(), last, clock=utc_now)))


@audit.command()
def seal() -> None:
    """Seal what moved since it was sealed, and print the newest seal, to be kept elsewhere."""
    _print(carried_out(auditing.seal_now(settings_with(), clock=utc_now)))


@audit.command()
def keys() -> None:
    """Print the JWK Set that seals are verified with, to be kept elsewhere."""
    click.echo(json.dumps(carried_out(auditing.seal_keys(settings_with(), clock=utc_now))))


@audit.command()
@click.option("--organization", metavar="ID", help="Tell of its chain alone, with proofs that seals cover it.")
@click.option("--after", type=click.IntRange(min=1), metavar="SEAL", help="Leave out what seals up to here cover.")
@click.argument("file", type=click.File("wb"), default="-")
def export(organization: str | None, after: int | None, file: BinaryIO) -> None:
    """Write the log to FILE, or to standard output, for others to check."""

    def write(line: str) -> None:
        file.write(line.encode() + b"\n")

    told = carried_out(auditing.export(settings_with(), organization, clock=utc_now, write=write, after=after))
    if not told:
        raise click.ClickException(f"nothing was ever recorded of `{organization or 'anything'}`")


@audit.command()
@click.option("--before", "age", callback=_age, required=True, metavar="DAYS", help="Such as 400d.")
@_held_option
@click.option("--nothing-kept", is_flag=True, help="Purge although what goes is kept nowhere.")
@click.option("--yes", is_flag=True, help="Do it; without this, only tell what would be done.")
def purge(age: timedelta, held_files: tuple[Path, ...], *, nothing_kept: bool, yes: bool) -> None:
    """Delete what was sealed so long ago and is kept elsewhere; what is left verifies as before.

    Give with --held the exports that were kept. Exits with 1, and does nothing, when something stands in the way.
    """
    if not held_files and not nothing_kept:
        raise click.ClickException("give with --held the export that was kept, or say --nothing-kept")
    held = None if nothing_kept else _held_in(held_files)
    settings, before = settings_with(), utc_now() - age
    planned = carried_out(retention.plan(settings, before, held=held, clock=utc_now))
    for obstacle in planned.obstacles:
        click.echo(obstacle, err=True)
    if planned.seal is None or planned.obstacles:
        sys.exit(1)
    made = "" if planned.sealed_at is None else f" of {planned.sealed_at:%Y-%m-%dT%H:%M:%SZ}"
    what = f"{planned.entries} entries of {planned.chains} chains, up to seal {planned.seal.sequence}{made}"
    if not yes:
        click.echo(f"would go: {what}; --yes deletes them")
        return
    carried_out(retention.carry_out(settings, planned, clock=utc_now))
    click.echo(f"gone: {what}")


def _print(entries: list[Entry]) -> None:
    if not entries:
        raise click.ClickException("there is no seal yet")
    for entry in entries:
        click.echo(line_of(entry))


def _keys_in(file: Path) -> VerificationKeys:
    with _refusals(str(file)):
        return usable_keys(json_value(file.read_bytes()))


def _held_in(files: tuple[Path, ...]) -> Held:
    def lines() -> Iterator[bytes]:
        for file in files:
            with file.open("rb") as opened:
                yield from opened

    with _refusals("what was kept"):
        return held_in(lines())


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    try:
        yield
    except (InvalidExport, InvalidJSON, InvalidKey) as error:
        raise click.ClickException(f"{name}: {error}") from None


def _tell(report: Report) -> None:
    for finding in report.findings:
        click.echo(str(finding), err=True)
    seal = report.newest
    if seal is not None:
        moment = seal.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        click.echo(f"{report.seals} seals, the newest is number {seal.number} of {moment} by {seal.issuer}")
    if report.unsealed_entries:
        open_ends = f"{report.unsealed_entries} entries of {report.unsealed_chains} chains"
        click.echo(f"not sealed yet, so that a change there may leave no trace: {open_ends}")
    click.echo(f"{report.chains} chains, {report.entries} entries, {len(report.findings)} faults")
    sys.exit(1 if report.findings else 0)


COMMANDS = {"audit": audit}
