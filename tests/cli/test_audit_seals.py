"""Seals, exports and their outside verifier, as they are typed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Said, Terminal


@pytest.fixture
def kept(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A terminal on a sealed log with a seal and the keys kept beside it, and one entry that is not sealed."""
    assert terminal.type("do", "create-organization", "id=acme").code == 0
    (tmp_path / "kept").write_text(terminal.type("audit", "seal").out)
    (tmp_path / "keys").write_text(terminal.type("audit", "keys").out)
    assert terminal.type("do", "create-group", "organization=acme", "id=g1").code == 0
    assert terminal.type("audit", "seal").code == 0
    assert terminal.type("do", "create-group", "organization=acme", "id=g2").code == 0
    return terminal


def checked(terminal: Terminal, directory: Path, *options: str) -> Said:
    """Export the log and check it with what was kept, without a database."""
    assert terminal.type("audit", "export", *options, str(directory / "export")).code == 0
    held = ["--held", str(directory / "kept"), "--keys", str(directory / "keys")]
    elsewhere = Terminal(directory / "nowhere")
    return elsewhere.type("audit", "check", str(directory / "export"), *held)


def test_a_sound_log_passes_inside_and_outside(kept: Terminal, tmp_path: Path) -> None:
    """Verifier and outside verifier say the same of a log that nobody touched: its seals, and what is not sealed."""
    inside = kept.type("audit", "verify", "--held", str(tmp_path / "kept"), "--keys", str(tmp_path / "keys"))
    outside = checked(kept, tmp_path)
    assert (inside.code, inside.err, outside.code) == (0, "", 0)
    assert inside.out == outside.out
    assert inside.out.splitlines()[0].startswith("2 seals, the newest is number 2 of ")
    assert inside.out.splitlines()[1:] == [
        "not sealed yet, so that a change there may leave no trace: 1 entries of 1 chains",
        "4 chains, 7 entries, 0 faults",
    ]
    alone = checked(kept, tmp_path, "--organization", "acme")
    assert (alone.code, alone.out.splitlines()[0]) == (0, "this tells of organization `acme` alone")
    assert not (tmp_path / "nowhere").exists()


def test_the_newest_seals_are_printed(kept: Terminal) -> None:
    """As many of the newest seals are printed as are asked for, oldest first."""
    lines = kept.type("audit", "seals", "--last", "9").out.splitlines()
    assert [json.loads(line)["entry"]["sequence"] for line in lines] == [1, 2]
    assert kept.type("audit", "seals").out.splitlines() == lines[1:]


@pytest.mark.threat("55")
@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE log SET body = body || ' ' WHERE chain = 'org:acme' AND sequence = 1", "`org:acme`, entry 1: "),
        ("DELETE FROM log WHERE chain = 'org:acme'", "`org:acme`, entry 1: "),
        ("DELETE FROM log WHERE chain = 'seals'", "`seals`, entry 1: "),
        ("DELETE FROM sealed_heads WHERE seal = 2", "`seals`, entry 2: "),
    ],
)
def test_tampering_is_named_inside_and_outside(kept: Terminal, tmp_path: Path, statement: str, finding: str) -> None:
    """Verifier and outside verifier name the first bad entry and exit with 1."""
    with closing(sqlite3.connect(kept.directory / "delegation.db")) as connection, connection:
        assert connection.execute(statement).rowcount > 0
    for said in (kept.type("audit", "verify"), checked(kept, tmp_path)):
        assert said.code == 1
        assert any(line.startswith(finding) for line in said.err.splitlines())


def test_what_cannot_be_checked_is_said_in_one_line(kept: Terminal, tmp_path: Path) -> None:
    """An unknown organization, an empty log, a file that is no export, and keys that are none end with a word and 1."""
    (tmp_path / "no").write_text("nothing\n")
    keys = ["--keys", str(tmp_path / "keys")]
    for words in (
        ["export", "--organization", "nobody", str(tmp_path / "x")],
        ["check", str(tmp_path / "no"), *keys],
        ["check", str(tmp_path / "no"), "--keys", str(tmp_path / "no")],
        ["verify", "--held", str(tmp_path / "no")],
    ):
        said = kept.type("audit", *words)
        assert said.code == 1
        assert said.err.startswith("Error: ")
        assert len(said.err.splitlines()) == 1
