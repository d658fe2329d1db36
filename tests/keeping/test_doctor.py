"""The doctor says of each thing whether it is well, in both directions, and what to do where it is not."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from delegation.app.doctor.configuration import Machine, configuration
from delegation.app.doctor.database import database
from delegation.app.doctor.directory import directory
from delegation.app.doctor.findings import Finding, Grade
from delegation.app.doctor.keys import keys
from delegation.app.doctor.log import chains, seals, size
from delegation.app.doctor.orphans import Rows, orphans
from delegation.app.doctor.reaching import reached, reaching
from delegation.audit import Fault
from delegation.audit import Finding as BadEntry
from delegation.settings import Settings
from delegation.store import Condition
from delegation.tokens import Algorithm, AuditSeal, Purpose, generate
from tests.cli.terminal import Terminal
from tests.clock import NOON
from tests.keeping.desk import Desk

MACHINE = Machine(cores=4, memory=64 << 30, descriptors=4_096)
SETTINGS = Settings(issuer="https://as.example")
SOUND = Condition(
    kind="postgresql",
    version="15.1",
    usable=True,
    writable=None,
    clock=NOON,
    settings={"fsync": "on", "full_page_writes": "on"},
    entries=7,
)
SEAL = AuditSeal("https://as.example", NOON, 3, "0" * 64, 1, "0" * 64)
NOW = int(NOON.timestamp())
LOCAL = [("/", "ext4")]


def grades(findings: Iterable[Finding]) -> dict[str, Grade]:
    """Return the worst grade of each topic, and see that whatever is not well comes with advice."""
    found: dict[str, Grade] = {}
    for finding in findings:
        found[finding.topic] = max(finding.grade, found.get(finding.topic, Grade.WELL))
        assert bool(finding.advice) is (finding.grade > Grade.WELL)
    return found


@pytest.mark.parametrize(
    ("changed", "machine", "topic", "grade"),
    [
        ({"host": "0.0.0.0"}, {}, "address", Grade.WARNING),  # noqa: S104 - nothing listens
        ({"issuer": "http://127.0.0.1:8400", "host": "10.0.0.1"}, {}, "address", Grade.WARNING),
        ({"development_identity_provider": True}, {}, "identity provider", Grade.FAULT),
        ({"token_lifetime": 3_600}, {}, "token lifetime", Grade.WARNING),
        ({"seal_interval": 3_600}, {}, "seal interval", Grade.WARNING),
        ({"workers": 8}, {}, "workers", Grade.WARNING),
        ({}, {"memory": 1 << 20}, "memory", Grade.WARNING),
        ({}, {"descriptors": 256}, "descriptors", Grade.FAULT),
    ],
)
def test_settings(changed: dict[str, object], machine: dict[str, int], topic: str, grade: Grade) -> None:
    """Each setting that does not fit is named by itself, and none where all fit."""
    assert set(grades(configuration(SETTINGS, MACHINE)).values()) == {Grade.WELL}
    found = grades(configuration(SETTINGS.model_copy(update=changed), replace(MACHINE, **machine)))
    assert {name for name, found_grade in found.items() if found_grade} == {topic}
    assert found[topic] is grade


def test_the_data_directory(tmp_path: Path) -> None:
    """Files that others can read, a disk that is nearly full, and a network file system are named."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "master.key").touch(mode=0o600)
    assert set(grades(directory(data, free=1 << 40, mounts=LOCAL, embedded=True)).values()) == {Grade.WELL}
    (data / "master.key").chmod(0o640)
    remote = [*LOCAL, (str(tmp_path), "nfs4")]
    found = grades(directory(data, free=1 << 20, mounts=remote, embedded=True))
    assert set(found.values()) == {Grade.FAULT}
    assert found.keys() == {"permissions", "disk", "file system"}
    assert "file system" not in grades(directory(data, free=1 << 40, mounts=remote, embedded=False))
    assert grades(directory(data, free=200 << 20, mounts=LOCAL, embedded=True))["disk"] is Grade.WARNING
    assert grades(directory(tmp_path / "none", free=0, mounts=[], embedded=True)) == {"data directory": Grade.WARNING}


@pytest.mark.parametrize(
    ("changed", "topic", "grade"),
    [
        ({"usable": False}, "tables", Grade.FAULT),
        ({"writable": "25006"}, "writing", Grade.FAULT),
        ({"clock": NOON + timedelta(seconds=2)}, "clock", Grade.WARNING),
        ({"clock": NOON - timedelta(seconds=9)}, "clock", Grade.FAULT),
        ({"settings": {"fsync": "off"}}, "durability", Grade.FAULT),
        ({"kind": "sqlite", "settings": {"journal_mode": "delete"}}, "durability", Grade.FAULT),
    ],
)
def test_the_database(changed: dict[str, object], topic: str, grade: Grade) -> None:
    """Tables, writing, the clock and what makes commits durable are judged each by itself."""
    assert set(grades(database(SOUND, NOON)).values()) == {Grade.WELL}
    found = grades(database(replace(SOUND, **changed), NOON))  # type: ignore[arg-type]  # each value fits its field
    assert {name for name, found_grade in found.items() if found_grade} == {topic}
    assert found[topic] is grade


def test_keys() -> None:
    """A purpose without a key that signs is a fault, one whose key is old is warned of."""
    key = generate(Algorithm.ED25519, Purpose.RECEIPT, not_before=NOON)
    needed = [Purpose.RECEIPT]
    assert grades(keys([key], needed, NOON)) == {"keys": Grade.WELL}
    assert grades(keys([key], needed, NOON + timedelta(days=200))) == {"keys": Grade.WARNING}
    assert grades(keys([key], needed, NOON - timedelta(minutes=1))) == {"keys": Grade.FAULT}
    assert grades(keys([], needed, NOON)) == {"keys": Grade.FAULT}


def test_seals() -> None:
    """A seal that verifies is well, an old one too where nothing moved; one that nobody signed is a fault."""
    late = NOON + timedelta(hours=1)
    assert grades(seals(SEAL, number=3, unsealed=2, now=NOON, interval=60)) == {"seals": Grade.WELL}
    assert grades(seals(SEAL, number=3, unsealed=0, now=late, interval=60)) == {"seals": Grade.WELL}
    assert grades(seals(SEAL, number=3, unsealed=1, now=late, interval=60)) == {"seals": Grade.WARNING}
    assert grades(seals(None, number=3, unsealed=0, now=NOON, interval=60)) == {"seals": Grade.FAULT}
    assert grades(seals(None, number=0, unsealed=1, now=NOON, interval=60)) == {"seals": Grade.WARNING}


def test_the_log() -> None:
    """A bad entry is a fault, and a very large log is worth a purge."""
    assert grades(chains([], 3)) == {"log": Grade.WELL}
    assert grades(chains([BadEntry("org:acme", 3, Fault.EDITED)], 3)) == {"log": Grade.FAULT}
    assert grades(size(1_000, 0)) == {"log size": Grade.WELL}
    assert grades(size(100_000_000, 7)) == {"log size": Grade.WARNING}


@pytest.mark.threat("P26")
def test_orphans() -> None:
    """A delegation that goes on without its user or its agent is named, and so is a policy of a deleted author."""
    delegation = {"id": "dlg_1", "user": "anne", "agent": "planner", "status": "active", "expires_at": NOW + 60}
    rows: Rows = {
        "memberships": [{"user": "anne"}],
        "admitted_agents": [{"agent": "planner"}],
        "delegations": [delegation],
        "delegation_policies": [{"id": "p", "author": "user:bob", "status": "active"}],
    }
    assert grades(orphans("acme", rows, set(), NOW)) == {}
    assert grades(orphans("acme", {**rows, "memberships": []}, set(), NOW)) == {"delegations": Grade.WARNING}
    assert grades(orphans("acme", {**rows, "admitted_agents": []}, set(), NOW)) == {"delegations": Grade.WARNING}
    assert grades(orphans("acme", rows, {"bob"}, NOW)) == {"policies": Grade.WARNING}
    over = {**rows, "admitted_agents": [], "delegations": [{**delegation, "status": "revoked"}]}
    assert grades(orphans("acme", over, set(), NOW)) == {}


def test_who_answers_at_the_issuer() -> None:
    """The issuer's own metadata are expected at its address, and nobody else's."""
    assert grades(reaching("https://as.example", "https://as.example")) == {"issuer": Grade.WELL}
    assert grades(reaching("https://as.example", "https://other.example")) == {"issuer": Grade.WARNING}
    assert grades(reaching("https://as.example", None)) == {"issuer": Grade.WARNING}


@pytest.mark.anyio
async def test_nobody_answers_where_nobody_listens() -> None:
    """An address that takes no connection is told as nobody, in little time."""
    assert await reached("http://127.0.0.1:9") is None


def test_a_deployment_is_examined_on_both_databases(desk: Desk) -> None:
    """All is told of a sound deployment without a fault, as lines and as JSON, and nothing is changed by it."""
    said = desk.type("doctor", "--offline", "--json")
    told = [json.loads(line) for line in said.out.splitlines()]
    # The tests' own PostgreSQL does not wait for its disk, and is told off for it.
    assert {each["topic"] for each in told if each["grade"] == "fault"} <= {"durability"}
    assert {"database", "tables", "durability", "master key", "keys", "seals", "log", "delegations"} <= {
        each["topic"] for each in told
    }
    assert said.code == max(["well", "warning", "fault"].index(each["grade"]) for each in told)
    assert len(desk.type("doctor", "--offline").out.splitlines()) == len(told)


def test_what_is_broken_is_found(desk: Desk) -> None:
    """A log that was edited and a master key that is gone are faults, and the exit code says so."""
    desk.change("UPDATE log SET body = body || ' ' WHERE chain = 'org:acme' AND sequence = 1")
    (desk.terminal.directory / "master.key").unlink()
    said = desk.type("doctor", "--offline")
    assert said.code == 2
    faults = [line for line in said.out.splitlines() if line.startswith("fault")]
    assert [line.split(":")[0].split()[-1] for line in faults if "fsync" not in line] == ["key", "log"]


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    """A deployment that was never started is told as such, and is not begun by looking at it."""
    said = Terminal(tmp_path / "data").type("doctor", "--offline")
    assert said.code == 2
    assert "there is no database" in said.out
    assert not (tmp_path / "data").exists()
