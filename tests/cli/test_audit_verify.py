"""`delegation audit verify` against somebody who edits the database by hand."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

CHAIN = "org:acme"
TAKEN = """
UPDATE log SET (body, hash) = (SELECT body, hash FROM log WHERE chain = 'platform' AND sequence = 1)
WHERE chain = 'org:acme' AND sequence = 2
"""


@pytest.fixture
def kept(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A terminal on a deployment whose organization acme has a log of five entries."""
    file = tmp_path / "seed.toml"
    first = '[[command]]\ndo = "create-organization"\nid = "acme"\n'
    groups = "".join(f'[[command]]\ndo = "create-group"\norganization = "acme"\nid = "g{n}"\n' for n in range(4))
    file.write_text(first + groups)
    assert terminal.type("apply", str(file)).code == 0
    return terminal


def tamper(terminal: Terminal, *statements: str) -> None:
    """Change the database file past the service."""
    with closing(sqlite3.connect(terminal.directory / "delegation.db")) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0


def test_a_log_that_nobody_touched_is_clean(kept: Terminal) -> None:
    """A clean log is said to be so, with its size and with what no seal covers yet, and ends well."""
    said = kept.type("audit", "verify")
    assert (said.code, said.err) == (0, "")
    open_ends, size = said.out.splitlines()
    assert open_ends.endswith("7 entries of 3 chains")
    assert size == "3 chains, 7 entries, 0 faults"


TAMPERINGS: dict[str, tuple[int, str, list[str]]] = {
    "a body edited": (
        3,
        "changed",
        ["UPDATE log SET body = replace(body, 'g1', 'gX') WHERE chain = 'org:acme' AND sequence = 3"],
    ),
    "an actor edited": (
        2,
        "changed",
        ["UPDATE log SET body = replace(body, 'command-line', 'user:anne') WHERE chain = 'org:acme' AND sequence = 2"],
    ),
    "a hash edited": (
        4,
        "changed",
        ["UPDATE log SET hash = 'f' || substr(hash, 2) || 'f' WHERE chain = 'org:acme' AND sequence = 4"],
    ),
    "one dropped": (3, "missing", ["DELETE FROM log WHERE chain = 'org:acme' AND sequence = 3"]),
    "the first dropped": (1, "missing", ["DELETE FROM log WHERE chain = 'org:acme' AND sequence = 1"]),
    "the last dropped": (5, "missing", ["DELETE FROM log WHERE chain = 'org:acme' AND sequence = 5"]),
    "all dropped": (1, "missing", ["DELETE FROM log WHERE chain = 'org:acme'"]),
    "two exchanged": (
        2,
        "another place",
        [
            "UPDATE log SET sequence = 99 WHERE chain = 'org:acme' AND sequence = 2",
            "UPDATE log SET sequence = 2 WHERE chain = 'org:acme' AND sequence = 4",
            "UPDATE log SET sequence = 4 WHERE chain = 'org:acme' AND sequence = 99",
        ],
    ),
    "one dropped and the rest renumbered": (
        3,
        "changed",
        [
            "DELETE FROM log WHERE chain = 'org:acme' AND sequence = 3",
            "UPDATE log SET sequence = 3 WHERE chain = 'org:acme' AND sequence = 4",
            "UPDATE log SET sequence = 4 WHERE chain = 'org:acme' AND sequence = 5",
            "UPDATE heads SET sequence = 4 WHERE chain = 'org:acme'",
        ],
    ),
    "one added at the end": (
        6,
        "does not know",
        ["INSERT INTO log SELECT chain, 6, body, hash FROM log WHERE chain = 'org:acme' AND sequence = 5"],
    ),
    "taken from another chain": (
        2,
        "changed",
        [
            TAKEN,
        ],
    ),
    "the head set back": (5, "does not know", ["UPDATE heads SET sequence = 4 WHERE chain = 'org:acme'"]),
    "the head edited": (5, "another hash", ["UPDATE heads SET hash = 'edited' WHERE chain = 'org:acme'"]),
    "the head dropped": (1, "does not know", ["DELETE FROM heads WHERE chain = 'org:acme'"]),
}


@pytest.mark.threat("55")
@pytest.mark.threat("I14")
@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found_and_named(kept: Terminal, tampering: str) -> None:
    """An edited, dropped, displaced or added entry is named with its chain and its place, and the exit code is 1."""
    sequence, fault, statements = TAMPERINGS[tampering]
    tamper(kept, *statements)
    said = kept.type("audit", "verify")
    assert said.code == 1
    (finding,) = said.err.splitlines()
    assert finding.startswith(f"`{CHAIN}`, entry {sequence}: ")
    assert fault in finding
    assert said.out.endswith(", 1 faults\n")


@pytest.mark.threat("55")
def test_every_chain_that_was_touched_is_named(kept: Terminal) -> None:
    """A fault in one chain does not hide a fault in another."""
    tamper(kept, "UPDATE log SET body = body || ' ' WHERE sequence = 1")
    said = kept.type("audit", "verify")
    assert sorted(line.split(",")[0] for line in said.err.splitlines()) == ["`audit`", "`org:acme`", "`platform`"]


def test_verifying_changes_nothing_and_needs_no_keys(kept: Terminal) -> None:
    """The log can be verified without the master key, and the database is the same afterwards."""
    (kept.directory / "master.key").unlink()
    with closing(sqlite3.connect(kept.directory / "delegation.db")) as connection:
        before = list(connection.iterdump())
        assert kept.type("audit", "verify").code == 0
        assert list(connection.iterdump()) == before
    assert not (kept.directory / "master.key").exists()


def test_where_there_is_no_database_there_is_nothing_to_verify(terminal: Terminal) -> None:
    """A wrong directory is not reported as a clean log, and no database is made there."""
    said = terminal.type("audit", "verify")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Error: ")
    assert not terminal.directory.exists()
