"""`delegation keys`: list, rotate, withdraw, beside a server or without one."""

import re

import pytest

from delegation.tokens import Purpose
from delegation.tokens.verification_keys import PRIVATE_MEMBERS
from tests.cli.terminal import Terminal

PURPOSES = sorted({*Purpose} - {Purpose.USER_TOKEN})


def listed(terminal: Terminal) -> list[list[str]]:
    """Return the words of each line of the list."""
    said = terminal.type("keys", "list")
    assert said.code == 0, said.err
    return [line.split() for line in said.out.splitlines()]


def kids(terminal: Terminal, purpose: str, state: str) -> list[str]:
    """Return the names of the keys of a purpose that are in a state."""
    return [line[-1] for line in listed(terminal) if (line[0], line[2]) == (purpose, state)]


def test_the_list_shows_the_life_of_each_key(terminal: Terminal) -> None:
    """Purpose, algorithm, state, from when and until when it signs, and the name; nothing that could sign."""
    assert [line[:3] for line in listed(terminal)] == [[purpose, "ES256", "active"] for purpose in PURPOSES]
    assert terminal.type("keys", "rotate").code == 0
    assert [line[:3] for line in listed(terminal)] == [
        [purpose, "ES256", state] for purpose in PURPOSES for state in ("active", "published")
    ]
    active, published = listed(terminal)[:2]
    assert active[4:6] == ["until", published[3]]


@pytest.mark.slow
def test_a_rotation_says_when_the_new_key_begins(terminal: Terminal) -> None:
    """Of the purposes that were named, each gets a key of the algorithm that the settings say."""
    said = terminal.type("keys", "rotate", "--purpose", "receipt", DELEGATION_SIGNING_ALGORITHM="RS256")
    assert re.fullmatch(r"published: [\w-]{43} \(receipt, RS256\), signs from \d{4}-.*Z\n", said.out)
    assert len(kids(terminal, "receipt", "published")) == 1
    assert kids(terminal, "access-token", "published") == []


def test_a_purpose_without_a_key_is_not_rotated(terminal: Terminal) -> None:
    """The development provider has no key where there is none; nothing is made for it by mistake."""
    said = terminal.type("keys", "rotate", "--purpose", "user-token", "--purpose", "receipt")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Error: there is no key for `user-token` yet")
    assert kids(terminal, "receipt", "published") == []


@pytest.mark.threat("K8")
def test_a_withdrawal_says_what_stops_working_and_asks(terminal: Terminal) -> None:
    """Without a yes nothing happens; with one the key is gone and another is on its way."""
    [kid] = kids(terminal, "access-token", "active")
    asked = terminal.type("keys", "withdraw", kid)
    assert asked.code == 1
    assert "every access token that it signed is refused" in asked.err
    assert "NOTHING IS SIGNED until the next one begins" in asked.err
    assert kids(terminal, "access-token", "active") == [kid]

    done = terminal.type("keys", "withdraw", kid, "--yes")
    assert done.out.startswith(f"gone: {kid}\npublished: ")
    assert kids(terminal, "access-token", "active") == []
    assert len(kids(terminal, "access-token", "published")) == 1


@pytest.mark.parametrize("kid", ["x", "-x", "-hx", "--x"])
def test_a_key_that_is_not_there_is_not_withdrawn(terminal: Terminal, kid: str) -> None:
    """A name that is mistyped changes nothing, and one that begins with a hyphen is a name."""
    before = listed(terminal)
    said = terminal.type("keys", "withdraw", kid, "--yes")
    assert (said.code, said.err) == (1, f"Error: no key `{kid}`; `delegation keys list` shows those there are\n")
    assert listed(terminal) == before


@pytest.mark.threat("K6")
@pytest.mark.threat("I13")
def test_each_change_is_recorded_without_anything_that_could_sign(terminal: Terminal) -> None:
    """The log says which keys came and went, in the partition of each, and holds no private half."""
    terminal.type("keys", "rotate")
    [seal] = kids(terminal, "audit-seal", "published")
    terminal.type("keys", "withdraw", seal, "--yes")
    log = terminal.type("audit", "export").out.replace("\\", "")
    assert log.count('"action":"rotate-keys"') == 2
    assert log.count('"action":"withdraw-key"') == 1
    assert log.count(f'"withdrawn":"{seal}"') == 1
    assert '"kty":"EC"' in log
    assert not [name for name in PRIVATE_MEMBERS if f'"{name}":' in log]
