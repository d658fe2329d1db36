"""What can be typed: serve, administer, verify."""

import asyncio
import gc
import json
import sys
import tomllib
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import uvicorn
from pydantic import ValidationError

from delegation.app.administration import apply_commands, verified
from delegation.app.clock import utc_now
from delegation.app.logs import configure
from delegation.app.preparation import prepare_to_serve
from delegation.app.secrets_at_rest import ADMINISTRATOR_FILE, NotPrepared
from delegation.app.serving import application
from delegation.directory import commands as directory
from delegation.directory.command import Answer
from delegation.directory.errors import DirectoryError
from delegation.settings import PREFIX, Settings, SettingsError
from delegation.store import StoreError
from delegation.tokens import TokenError, new_identifier

T = TypeVar("T")


@click.command()
@click.option("--host", help="Address to listen on; loopback unless told otherwise.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--issuer", help="Public URL of the service.")
@click.option("--data", "data_directory", type=click.Path(path_type=Path), help="Directory for database and secrets.")
@click.option("--seed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Commands to apply first.")
@click.option("--quiet", is_flag=True, help="Leave out the log line of each request.")
@click.option(
    "--development-identity-provider", is_flag=True, default=None, help="Issue a token for any user to anybody."
)
def run(seed: Path | None, *, quiet: bool, **options: Any) -> None:
    """Prepare the database and serve."""
    settings = _settings(**options)
    configure(quiet=quiet)
    _run(prepare_to_serve(settings, clock=utc_now, instance=new_identifier("prepare")))
    if seed is not None:
        _apply(settings, seed)
    if settings.administrator_secret is None:
        click.echo(f"administrator's secret: {settings.data_directory / ADMINISTRATOR_FILE}", err=True)
    # What start-up leaves behind stays for ever: the collector need not walk it again and again under load.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        application(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=10,
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply(file: Path) -> None:
    """Apply the commands of a TOML FILE; what was done before is left as it is."""
    _apply(_settings(), file)


@click.command(name="do")
@click.argument("command", type=click.Choice(sorted(directory.COMMANDS)), metavar="COMMAND")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
def perform(command: str, fields: tuple[str, ...]) -> None:
    """Perform one COMMAND of administration; a VALUE may be JSON. `delegation commands` lists them."""
    document = {"do": command, **dict(_field(text) for text in fields)}
    tell = partial(_tell, indent=2)
    _run(apply_commands(_settings(), [document], clock=utc_now, told=tell))


@click.command()
def commands() -> None:
    """List the commands of administration with their fields."""
    for name, form in sorted(directory.COMMANDS.items()):
        click.echo(f"{name}: {(form.__doc__ or '').splitlines()[0]}")
        for field, about in form.model_fields.items():
            click.echo(f"    {field}{'' if about.is_required() else ' (optional)'}")


@click.group()
def audit() -> None:
    """Verify what was recorded."""


@audit.command()
def verify() -> None:
    """Check every chain of the log: exit 1, with the first bad entry of each, when something was tampered with."""
    chains = _run(verified(_settings(), clock=utc_now))
    findings = [str(finding) for chain in chains for finding in chain.findings]
    for finding in findings:
        click.echo(finding, err=True)
    entries = sum(chain.entries for chain in chains)
    click.echo(f"{len(chains)} chains, {entries} entries, {len(findings)} faults")
    sys.exit(1 if findings else 0)


def _settings(**options: Any) -> Settings:
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)
        if "issuer" not in settings.model_fields_set and {"host", "port"} & settings.model_fields_set:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            return Settings(**given, issuer=f"http://{host}:{settings.port}")
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in fault["loc"]).upper()
        raise click.ClickException(f"{PREFIX}{name}: {fault['msg'].removeprefix('Value error, ')}") from None
    return settings


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
    _run(apply_commands(settings, commands, clock=utc_now, told=_tell))


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


def _run(work: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await work

    try:
        return asyncio.run(awaited())
    except (NotPrepared, DirectoryError, StoreError, TokenError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'the machine'}: {error.strerror}") from error


COMMANDS = {"run": run, "apply": apply, "do": perform, "commands": commands, "audit": audit}
