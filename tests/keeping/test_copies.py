"""`delegation backup` makes a copy that is whole, is known for a copy, and takes the place of nothing."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

pytestmark = [pytest.mark.threat("R29"), pytest.mark.threat("62")]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on a deployment on the embedded database."""
    terminal = Terminal(tmp_path / "data")
    assert terminal.type("do", "create-organization", "id=acme").code == 0
    return terminal


def put_in_place(terminal: Terminal, copy: Path) -> None:
    """Restore a copy as the page says."""
    for file in terminal.directory.glob("delegation.db*"):
        file.unlink()
    copy.rename(terminal.directory / "delegation.db")


def test_a_copy_is_whole_and_for_its_owner_alone(terminal: Terminal, tmp_path: Path) -> None:
    """The copy is one file that holds every row, and nobody else may read it."""
    copy = tmp_path / "backup.db"
    assert terminal.type("backup", str(copy)).code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup.db"]
    with (
        closing(sqlite3.connect(copy)) as ours,
        closing(sqlite3.connect(terminal.directory / "delegation.db")) as theirs,
    ):
        assert list(ours.iterdump()) == list(theirs.iterdump())


def test_nothing_is_overwritten(terminal: Terminal, tmp_path: Path) -> None:
    """What is there already stays as it is, and that is said."""
    copy = tmp_path / "backup.db"
    copy.write_text("precious")
    said = terminal.type("backup", str(copy))
    assert said.code == 1
    assert "overwrites nothing" in said.err
    assert copy.read_text() == "precious"


def test_a_damaged_database_is_not_backed_up(terminal: Terminal, tmp_path: Path) -> None:
    """A copy that cannot be read back is none, and no file is left that looks like one."""
    database = terminal.directory / "delegation.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'ix_claims_until'")
        connection.commit()
    said = terminal.type("backup", str(tmp_path / "backup.db"))
    assert said.code == 1
    assert list(tmp_path.iterdir()) == [terminal.directory]


def test_a_copy_is_not_served_before_it_is_prepared(terminal: Terminal, tmp_path: Path) -> None:
    """Whoever puts a copy in place, on a host that has seen no seal too, is told what to do before anything is done."""
    copy = tmp_path / "backup.db"
    assert terminal.type("backup", str(copy)).code == 0
    put_in_place(terminal, copy)
    for words in (["run", "--port", "1"], ["do", "create-organization", "id=beta"]):
        said = terminal.type(*words)
        assert said.code == 1
        assert "run `delegation restored`" in said.err
    assert "delegation restored" in terminal.type("doctor", "--offline").out
    assert terminal.type("restored", "--complete").code == 0
    assert terminal.type("do", "create-organization", "id=beta").code == 0
    assert "delegation restored" not in terminal.type("doctor", "--offline").out


def test_an_export_of_another_log_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """What does not go on where the database ends is not replayed, nor is an export of one organization."""
    other = Terminal(tmp_path / "other")
    assert other.type("do", "create-organization", "id=acme").code == 0
    for name, options in (("foreign", []), ("partial", ["--organization", "acme"])):
        assert other.type("audit", "export", *options, str(tmp_path / name)).code == 0
    foreign = terminal.type("restored", "--export", str(tmp_path / "foreign"), "--complete")
    assert foreign.code == 1
    assert "tells another entry" in foreign.err
    partial = terminal.type("restored", "--export", str(tmp_path / "partial"), "--complete")
    assert partial.code == 1
    assert "organization `acme` alone" in partial.err


def test_a_cut_export_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """An export that lacks its end is not taken for all there was, and may be replayed again when it is whole."""
    copy, export = tmp_path / "backup.db", tmp_path / "export"
    assert terminal.type("backup", str(copy)).code == 0
    assert terminal.type("do", "create-organization", "id=beta").code == 0
    assert terminal.type("audit", "export", str(export)).code == 0
    put_in_place(terminal, copy)
    lines = export.read_text().splitlines(keepends=True)
    (tmp_path / "cut").write_text("".join(lines[:-1]))
    assert terminal.type("restored", "--export", str(tmp_path / "cut"), "--complete").code == 1
    assert terminal.type("run", "--port", "1").code == 1
    said = terminal.type("restored", "--export", str(export), "--complete")
    assert said.code == 0, said.err
    assert "left_as_it_is" in terminal.type("do", "create-organization", "id=beta").out
    assert terminal.type("audit", "verify").code == 0
