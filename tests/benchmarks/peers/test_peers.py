"""Peers: each says how it is run and what it does otherwise, and one that cannot be had is named with the reason."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import bare, children, wire
from benchmarks.children import Deployment, ServerFailed
from benchmarks.effort import Effort
from benchmarks.figures import figure_of
from benchmarks.organization import Size
from benchmarks.peers.installing import HERE, from_go, from_npm, kept
from benchmarks.peers.peer import NotInstalled, Peer, Question, Serving, Setting
from benchmarks.peers.run import PEERS, Peered, PeerRow, measure
from benchmarks.plan import SERVICE
from benchmarks.report import Report
from benchmarks.run import Measured, Row
from benchmarks.tables import peers as table
from tests.benchmarks.test_figures import sample

MACHINE = {"processor": "p", "cores": 2, "python": "3", "commit": "c"}
EFFORT = Effort(seconds=0.1, connections=2, size=Size())
QUESTION = Question("introspect", "a form", (wire.form("/introspect", {"token": "x"}, ""),), bare.MARKER, "introspect")


@contextmanager
def nothing_but_forms(_: Path, setting: Setting) -> Iterator[Serving]:
    """Serve the bare endpoint as if others had written it."""
    with children.bare(Deployment(setting.directory, setting.port)) as server:
        yield Serving(server, [QUESTION], "Python")


def peer(install: Path | Exception) -> Peer:
    """Return a peer that is installed at a place, or cannot be."""

    def installed() -> Path:
        if isinstance(install, Exception):
            raise install
        return install

    return Peer("other", "other 1.0", "as it comes", "Does nothing.", installed, nothing_but_forms)


def test_a_peer_is_measured_as_the_service_is(tmp_path: Path) -> None:
    """It has rate, latencies and processor time, and a question stands beside the endpoint of ours that is alike."""
    found = measure(EFFORT, lambda _: None, [peer(tmp_path)])

    (row,) = found.rows
    assert (row.figure.errors, found.missing) == ({}, ())
    assert row.figure.requests_per_second > 0
    assert row.figure.p50 <= row.figure.p95 <= row.figure.p99


def test_a_peer_that_cannot_be_had_is_named_with_the_reason() -> None:
    """The run goes on, and the page says what is missing."""
    found = measure(EFFORT, lambda _: None, [peer(NotInstalled("there is no `npm`"))])

    assert (found.rows, found.missing) == ((), (("other (other 1.0)", "there is no `npm`"),))
    ours = Row(SERVICE[0], figure_of([sample([0.001])]), 1.0)
    report = Report(MACHINE, EFFORT, Measured((ours,), (), 0.0), (), found)
    assert "NOT MEASURED: other (other 1.0): there is no `npm`" in str(report.peers())
    assert "NOT MEASURED" in report.text()
    assert report.raw()["missing"] == [{"peer": "other (other 1.0)", "why": "there is no `npm`"}]


def test_a_peer_stands_below_what_it_is_compared_with() -> None:
    """The last figure says how many times our processor time it takes, and ours comes first."""
    ours = Row(SERVICE[0], figure_of([sample([0.001] * 4, cpu=0.2)]), 1.0)
    theirs = PeerRow(peer(Path()), QUESTION, figure_of([sample([0.001] * 4, cpu=0.5)]), "Python")

    _, first, second = table(Peered((theirs,)), Measured((ours,), (), 0.0))

    assert (first[0], second[0]) == ("**introspection**", "other: a form")
    assert (first[-2], second[-2]) == ("1", "2.5")


def test_wrong_answers_of_a_peer_are_told() -> None:
    """Its figures stand there, and beside them that they mean nothing."""
    ours = Row(SERVICE[0], figure_of([sample([0.001])]), 1.0)
    theirs = PeerRow(peer(Path()), QUESTION, figure_of([sample([0.001], errors={"status 500": 3})]), "Python")
    report = Report(MACHINE, EFFORT, Measured((ours,), (), 0.0), (), Peered((theirs,)))

    assert "ERROR of other, a form: {'status 500': 3}; its figures mean nothing" in str(report.peers())
    assert report.error_count == 0


@pytest.mark.parametrize("each", PEERS, ids=lambda each: each.name)
def test_a_peer_says_how_it_is_run_and_what_it_does_otherwise(each: Peer) -> None:
    """A version and two sentences stand beside every figure of a peer."""
    assert re.search(r"\d+\.\d+", each.version)
    assert each.settings
    assert "audit" in each.difference or "Records" in each.difference


def test_packages_are_locked_by_hash_and_name_no_registry() -> None:
    """What is installed is what was chosen, wherever it comes from."""
    lock = json.loads((HERE / "oidc-provider" / "package-lock.json").read_text(encoding="utf-8"))
    packages = [entry for name, entry in lock["packages"].items() if name]
    pinned = (HERE / "authgent-server" / "requirements.txt").read_text(encoding="utf-8")

    assert all("integrity" in entry and "resolved" not in entry for entry in packages)
    names = re.findall(r"^[\w.-]+(?:\[\w+\])?==", pinned, re.MULTILINE)
    assert len(names) > 10
    assert all("--hash=sha256:" in each for each in re.split(r"^[\w.-]+==", pinned, flags=re.MULTILINE)[1:])
    assert "://" not in pinned


def test_what_is_installed_once_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is filled once for each lock, and one that was not filled to the end does not count."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    filled: list[Path] = []

    def fill(folder: Path) -> None:
        filled.append(folder)
        if len(filled) == 1:
            raise NotInstalled("cut off")

    with pytest.raises(NotInstalled):
        kept("peer", b"lock", fill)
    places = {kept("peer", b"lock", fill), kept("peer", b"lock", fill), kept("peer", b"another lock", fill)}

    assert (len(places), len(filled)) == (2, 3)
    assert all(place.is_dir() and place.is_relative_to(tmp_path) for place in places)


def test_a_missing_tool_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Node or Go the peers that need them are not there, and the reason names the tool."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(NotInstalled, match="`node`"):
        from_npm("oidc-provider")
    with pytest.raises(NotInstalled, match="`go`"):
        from_go("openfga", "example.com/module", "v1")


def test_a_step_that_fails_is_told_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the page learns why a peer is not there."""
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(NotInstalled, match="`false` failed"):
        from_go("openfga", "example.com/module", "v1")


def test_a_peer_that_does_not_start_is_told(tmp_path: Path) -> None:
    """A peer that ends before it is ready has said why."""

    @contextmanager
    def failing(_: Path, __: Setting) -> Iterator[Serving]:
        raise ServerFailed("the port is taken")
        yield

    broken = Peer("other", "other 1.0", "", "", lambda: tmp_path, failing)

    assert measure(EFFORT, lambda _: None, [broken]).missing == (("other (other 1.0)", "the port is taken"),)
