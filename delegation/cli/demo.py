"""`delegation demo`: a service with a small tenant in it, to try agents and services on; for this machine alone."""

import os
import signal
import socket
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

import click

from delegation.app.administration import apply_commands
from delegation.app.clock import utc_now
from delegation.app.logs import configure
from delegation.app.preparation import prepare_to_serve
from delegation.app.workers import serve
from delegation.cli.demo_tenant import Demonstration, NotFurnished, refuse_what_is_not_ours
from delegation.cli.deployment import carried_out, settings_with
from delegation.settings import Settings
from delegation.tokens import new_identifier

_HOST: Final = "127.0.0.1"
_LAST_PORT: Final = 65_534
_TENANT: Final = Path(__file__).with_name("demo.toml")


@click.command()
@click.option(
    "--port", type=click.IntRange(1, _LAST_PORT), help="Port to listen on; a service to try is expected on the next."
)
@click.option(
    "--data",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="A directory to keep the database in, empty yet; otherwise it goes when the demonstration ends.",
)
def demo(port: int | None, directory: Path | None) -> None:
    """Serve a demonstration on loopback: organization, user, agents, service, and a delegation to try them with.

    Once it serves, the file demo.env has the names and secrets that agents and services need. Whoever reaches the port
    gets a token for any user: this is no deployment.
    """
    # However it is ended, it clears away what it made.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        refuse_what_is_not_ours()
    except NotFurnished as error:
        raise click.ClickException(str(error)) from error
    with _place(directory) as data:
        settings = _settings(data, port)
        demonstration = Demonstration.on(settings.issuer, settings.port + 1)
        configure(quiet=True)
        carried_out(prepare_to_serve(settings, clock=utc_now, instance=new_identifier("prepare")))
        tenant = tomllib.loads(_TENANT.read_text(encoding="utf-8"))["command"]
        commands = [*tenant, *demonstration.commands()]
        carried_out(apply_commands(settings, commands, clock=utc_now, told=lambda _: None))
        try:
            _serve(settings, demonstration)
        finally:
            if directory is None:
                demonstration.forget()  # Its secrets open nothing any more.


@contextmanager
def _place(directory: Path | None) -> Iterator[Path]:
    if directory is None:
        with tempfile.TemporaryDirectory(prefix="delegation-demo-") as made:
            yield Path(made)
    elif directory.is_dir() and any(directory.iterdir()):
        kept = f"delegation run --data {directory} --development-identity-provider"
        raise click.ClickException(f"`{directory}` is not empty; a demonstration kept there goes on with: {kept}")
    else:
        yield directory


def _settings(data: Path, port: int | None) -> Settings:
    """Return settings that reach nothing beside the demonstration: the environment decides the port at most.

    Raises ClickException.
    """
    given: dict[str, Any] = {name: field.get_default() for name, field in Settings.model_fields.items()}
    del given["port"]
    given |= {
        "host": _HOST,
        "quiet": True,
        "drain_seconds": 0,
        "data_directory": data,
        "database_url": f"sqlite:///{data / 'delegation.db'}",
        "development_identity_provider": True,
    }
    chosen = settings_with(**given, **({} if port is None else {"port": port})).port
    if chosen > _LAST_PORT:
        raise click.ClickException(
            f"port {chosen} has none after it, where a service to try is expected; choose another with --port"
        )
    settings = settings_with(**{**given, "port": chosen, "issuer": f"http://{_HOST}:{chosen}"})
    try:
        socket.create_server((_HOST, chosen)).close()
    except OSError as error:
        raise click.ClickException(f"port {chosen}: {error.strerror}; choose another with --port") from None
    return settings


def _serve(settings: Settings, demonstration: Demonstration) -> None:
    """Serve until asked to end. Raises ClickException when the tenant cannot be furnished."""
    troubles: list[NotFurnished] = []

    def furnish() -> None:
        try:
            demonstration.furnish()
        except NotFurnished as trouble:
            troubles.append(trouble)
            os.kill(os.getpid(), signal.SIGINT)
        else:
            click.echo(demonstration.told())

    Thread(target=furnish, name="furnishing", daemon=True).start()
    with suppress(KeyboardInterrupt):
        serve(settings)
    if troubles:
        raise click.ClickException(str(troubles[0])) from troubles[0]
    click.echo("The demonstration has ended.")


COMMANDS = {"demo": demo}
