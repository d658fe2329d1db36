"""What can be typed: serve, administer."""

import json
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from delegation.app.administration import apply_commands
from delegation.app.clock import utc_now
from delegation.app.logs import configure
from delegation.app.observing import observed
from delegation.app.preparation import prepare_to_serve
from delegation.app.secrets_at_rest import ADMINISTRATOR_FILE, NotPrepared
from delegation.app.workers import serve
from delegation.cli.deployment import carried_out, settings_with
from delegation.directory import commands as directory
from delegation.directory.command import Answer
from delegation.settings import Settings, hand_on
from delegation.tokens import new_identifier


@click.command()
@click.option("--host", help="Address to listen on; loopback unless told otherwise.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--issuer", help="Public URL of the service.")
@click.option("--data", "data_directory", type=click.Path(path_type=Path), help="Directory for database and secrets.")
@click.option("--seed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Commands to apply first.")
@click.option("--workers", type=int, help="Processes that serve on the port.")
@click.option("--quiet", is_flag=True, default=None, help="Leave out the log line of each request.")
@click.option(
    "--development-identity-provider", is_flag=True, default=None, help="Issue a token for any user to anybody."
)
def run(seed: Path | None, **options: Any) -> None:
    """Prepare the database and serve."""
    given = _given(options)
    settings = settings_with(**given)
    configure(quiet=settings.quiet, several=settings.workers > 1)
    carried_out(prepare_to_serve(settings, clock=utc_now, instance=new_identifier("prepare")))
    if seed is not None:
        _apply(settings, seed)
    if settings.administrator_secret is None:
        click.echo(f"administrator's secret: {settings.data_directory / ADMINISTRATOR_FILE}", err=True)
    if settings.workers > 1:
        hand_on(**{**given, "issuer": settings.issuer})
    try:
        with observed(settings):
            serve(settings)
    except NotPrepared as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply(file: Path) -> None:
    """Apply the commands of a TOML FILE; what was done before is left as it is."""
    _apply(settings_with(), file)


@click.command(name="do")
@click.argument("command", type=click.Choice(sorted(directory.COMMANDS)), metavar="COMMAND")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
def perform(command: str, fields: tuple[str, ...]) -> None:
    """Perform one COMMAND of administration; a VALUE may be JSON. `delegation commands` lists them."""
    document = {"do": command, **dict(_field(text) for text in fields)}
    tell = partial(_tell, indent=2)
    carried_out(apply_commands(settings_with(), [document], clock=utc_now, told=tell))


@click.command()
def commands() -> None:
    """List the commands of administration with their fields."""
    for name, form in sorted(directory.COMMANDS.items()):
        click.echo(f"{name}: {(form.__doc__ or '').splitlines()[0]}")
        for field, about in form.model_fields.items():
            click.echo(f"    {field}{'' if about.is_required() else ' (optional)'}")


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _apply(settings: Settings, file: Path) -> None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    commands = document.pop("command", [])
    if document or not isinstance(commands, list) or not all(isinstance(each, dict) for each in commands):
        raise click.ClickException(f"{file}: write each command as a table `[[command]]`, and nothing else")
    carried_out(apply_commands(settings, commands, clock=utc_now, told=_tell))


def _tell(answer: Answer, indent: int | None = None) -> None:
    click.echo(json.dumps(answer, indent=indent))


def _field(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator:
        raise click.ClickException(f"`{text}` is no FIELD=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


COMMANDS = {"run": run, "apply": apply, "do": perform, "commands": commands}
