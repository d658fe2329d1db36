"""`delegation keys`: the keys that sign, and how one takes over from another."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import click

from delegation.app.clock import utc_now
from delegation.app.key_keeping import Held, KeyKeeper, with_keys
from delegation.cli.deployment import carried_out, settings_with
from delegation.tokens import KeyChange, KeyState, Purpose

T = TypeVar("T")

_LOST: Final = {
    Purpose.ACCESS_TOKEN: "every access token that it signed is refused from the next request on",
    Purpose.RECEIPT: "every receipt that it signed is worthless for ever: unattended use needs new delegations",
    Purpose.USER_TOKEN: "every token of the development identity provider that it signed is refused",
    Purpose.INTROSPECTION: "introspection answers that it signed prove nothing any longer",
    Purpose.SEAL: "seals that it signed verify by keys that were kept elsewhere alone",
}
"""What stops working when a key is withdrawn."""


@click.group()
def keys() -> None:
    """List, rotate and withdraw the keys that sign."""


@keys.command(name="list")
def list_keys() -> None:
    """List the keys: purpose, algorithm, state, from when until when each signs, and its name."""
    for held in _kept(KeyKeeper.held):
        ends = f"until {_second(held.life.ends)}" if held.life.ends else ""
        since = _second(held.life.begins)
        key = held.key
        click.echo(f"{key.purpose:12}  {key.algorithm:7}  {held.state:9}  {since} {ends:26}  {key.kid}")


@keys.command()
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice([str(purpose) for purpose in Purpose]),
    help="May be given several times.",
)
def rotate(purposes: tuple[str, ...]) -> None:
    """Publish a new key for each purpose; it takes over by itself when everybody can have fetched it."""
    wanted = [Purpose(purpose) for purpose in purposes]
    _tell(_kept(lambda keeper: keeper.rotate(wanted)))


# A name may begin with a hyphen: it is no option.
@keys.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def withdraw(kid: str, *, yes: bool) -> None:
    """Withdraw a key that somebody else may have: what it signed is refused at once, by every process."""
    known = _kept(KeyKeeper.held)
    held = next((each for each in known if each.key.kid == kid), None)
    if held is None:
        raise click.ClickException(f"no key `{kid}`; `delegation keys list` shows those there are")
    for line in _warning(held, known):
        click.echo(line, err=True)
    if not yes:
        click.confirm("Withdraw it?", abort=True, err=True)
    _tell(_kept(lambda keeper: keeper.withdraw(kid)))


def _warning(held: Held, known: list[Held]) -> list[str]:
    lines = [f"`{held.key.kid}` is {held.state}: {_LOST[held.key.purpose]}."]
    if held.key.purpose is Purpose.ACCESS_TOKEN:
        lines.append("Whoever verifies offline believes it until the key set that was fetched last is too old.")
    others = {each.state for each in known if each.key.purpose is held.key.purpose and each is not held}
    if held.state is KeyState.ACTIVE and KeyState.RETIRED not in others:
        lines.append(f"No other key for `{held.key.purpose}` can sign: NOTHING IS SIGNED until the next one begins.")
    return lines


def _kept(work: Callable[[KeyKeeper], Awaitable[T]]) -> T:
    return carried_out(with_keys(settings_with(), work, clock=utc_now))


def _tell(changes: list[KeyChange]) -> None:
    for change in changes:
        for kid in change.gone:
            click.echo(f"gone: {kid}")
        for key in change.made:
            click.echo(f"published: {key.kid} ({key.purpose}, {key.algorithm}), signs from {_second(key.not_before)}")


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


COMMANDS = {"keys": keys}
