"""A purge deletes what seals covered and somebody keeps; what is left verifies, and hides nothing."""

import json
from pathlib import Path

import pytest

from tests.audit.independent import accepts
from tests.databases import rows
from tests.keeping.desk import Desk, told

PURGE = ("audit", "purge", "--before", "0d")

pytestmark = [pytest.mark.threat("R26"), pytest.mark.threat("55")]


def purged(desk: Desk) -> Path:
    """Purge all that is sealed, and return the export that was kept before."""
    kept = desk.export("before")
    desk.do(*PURGE, "--held", str(kept), "--yes")
    return kept


def seals_in(export: Path) -> dict[int, str]:
    """Return the hashes of the seals that an export tells, by number."""
    lines = (line for line in told(export, "entry") if line["chain"] == "seals")
    return {int(str(line["sequence"])): str(line["hash"]) for line in lines}


def entries(desk: Desk, chain: str) -> list[int]:
    """Return the numbers of the entries that a chain still has."""
    found = rows(desk.database, "SELECT sequence FROM log WHERE chain = :chain ORDER BY sequence", chain=chain)
    return [number for (number,) in found]


def test_what_is_left_verifies_and_goes_on(desk: Desk) -> None:
    """After a purge the log verifies by itself and against the export before, before and after more is recorded."""
    kept = purged(desk)
    assert desk.verify().code == desk.verify(kept).code == 0
    assert entries(desk, "org:acme") == []
    desk.group("g2")
    desk.do("audit", "seal")
    said = desk.verify(kept)
    assert (said.code, said.err) == (0, "")
    assert entries(desk, "org:acme") == [3]


def test_the_export_before_and_the_rest_are_one_log(desk: Desk) -> None:
    """Both exports pass, and every chain of the second goes on where the first ended or before."""
    keys = desk.elsewhere / "keys"
    keys.write_text(desk.do("audit", "keys").out)
    kept = purged(desk)
    desk.group("g2")
    desk.do("audit", "seal")
    rest = desk.export("rest")
    for file, held in ((kept, kept), (rest, kept)):
        said = desk.type("audit", "check", str(file), "--held", str(held), "--keys", str(keys))
        assert (said.code, said.err) == (0, ""), said.out
        assert accepts(file.read_bytes().splitlines(), json.loads(keys.read_text()), seals_in(held))
    assert accepts(rest.read_bytes().splitlines(), json.loads(keys.read_text()), {})
    heads = {line["chain"]: line["sequence"] for line in told(kept, "head")}
    assert {line["chain"] for line in told(rest, "anchor")} == heads.keys()
    both = told(kept, "entry") + told(rest, "entry")
    assert [line["sequence"] for line in both if line["chain"] == "org:acme"] == [1, 2, 3]


def test_a_dry_run_says_what_would_go_and_does_nothing(desk: Desk) -> None:
    """Without --yes the numbers are told and every row stays."""
    before = rows(desk.database, "SELECT count(*) FROM log")
    said = desk.do(*PURGE, "--held", str(desk.export("before")))
    assert said.out.startswith("would go: 7 entries of 5 chains, up to seal 2 of ")
    assert rows(desk.database, "SELECT count(*) FROM log") == before


def test_what_is_kept_nowhere_stands_in_the_way(desk: Desk) -> None:
    """What was not exported up to the seal is not purged, nor is anything without a word about what was kept."""
    first = desk.export("first")
    desk.group("g2")
    desk.do("audit", "seal")
    said = desk.type(*PURGE, "--held", str(first), "--yes")
    assert (said.code, said.err) == (1, "what was kept does not reach seal 3: export the log first, and keep that\n")
    assert desk.type(*PURGE, "--yes").code == 1
    assert entries(desk, "org:acme") == [1, 2, 3]


def test_an_export_that_goes_on_is_not_the_whole_log(desk: Desk) -> None:
    """Nothing goes for which only the newest of several exports is shown; with those before it goes."""
    first = desk.export("first")
    desk.group("g2")
    desk.do("audit", "seal")
    second = desk.export("second", "--after", "2")
    said = desk.type(*PURGE, "--held", str(second), "--yes")
    assert said.code == 1
    assert said.err.startswith("what was kept lacks seal 1: ")
    assert entries(desk, "org:acme") == [1, 2, 3]
    desk.do(*PURGE, "--held", str(first), "--held", str(second), "--yes")
    assert entries(desk, "org:acme") == []
    assert desk.verify(first, second).code == 0


def test_the_export_of_one_organization_is_not_the_whole_log(desk: Desk) -> None:
    """Nothing goes for which only one organization's own export was kept."""
    own = desk.export("own", "--organization", "acme")
    said = desk.type(*PURGE, "--held", str(own), "--yes")
    assert said.code == 1
    assert said.err.startswith("what was kept lacks ")
    assert entries(desk, "org:acme") == [1, 2]


def test_what_is_younger_stays(desk: Desk) -> None:
    """Nothing that was sealed within the time goes."""
    said = desk.type("audit", "purge", "--before", "1d", "--nothing-kept", "--yes")
    assert (said.code, said.err) == (1, "no seal is so old that it and all before it can go\n")
    assert entries(desk, "org:acme") == [1, 2]


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE log SET body = body || ' ' WHERE chain = 'org:acme' AND sequence = 1",
        "UPDATE sealed_heads SET hash = 'edited' WHERE chain = 'org:acme' AND sequence = 1",
        "DELETE FROM log WHERE chain = 'org:acme' AND sequence = 1",
    ],
)
def test_an_edit_cannot_be_purged_away(desk: Desk, edit: str) -> None:
    """A log that is not sound is not purged, whoever edited it."""
    desk.change(edit)
    said = desk.type(*PURGE, "--nothing-kept", "--yes")
    assert said.code == 1
    assert "the log is not sound" in said.err
    assert entries(desk, "org:acme") != []


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE anchors SET hash = 'edited' WHERE chain = 'org:acme'",
        "UPDATE anchors SET hash = 'edited' WHERE chain = 'org:quiet'",
        "UPDATE anchors SET hash = 'edited' WHERE chain = 'seals'",
        "DELETE FROM anchors WHERE chain = 'org:acme'",
        "DELETE FROM anchors WHERE chain = 'org:quiet'",
        "DELETE FROM anchors WHERE chain = 'seals'",
        "DELETE FROM anchors",
        (
            "UPDATE anchors SET sequence = 3, hash = (SELECT hash FROM log WHERE chain = 'org:acme' AND sequence = 3)"
            " WHERE chain = 'org:acme'"
        ),
        "DELETE FROM log WHERE chain = 'audit'",
        "DELETE FROM heads WHERE chain = 'org:quiet'",
    ],
)
def test_where_the_log_begins_cannot_be_changed(purged_desk: Desk, edit: str) -> None:
    """An anchor that was edited, moved or removed is found, be its chain busy or quiet, and so is a lost record."""
    purged_desk.change(edit)
    assert purged_desk.verify().code == 1


def test_a_cut_that_nobody_recorded_is_no_purge(desk: Desk) -> None:
    """Who deletes old entries and puts anchors in their place without a record of a purge is found out."""
    desk.group("g2")
    desk.do("audit", "seal")
    for statement in (
        "INSERT INTO anchors SELECT chain, max(sequence), max(hash) FROM sealed_heads WHERE seal = 1 GROUP BY chain",
        "INSERT INTO anchors SELECT chain, sequence, hash FROM log WHERE chain = 'seals' AND sequence = 1",
        (
            "DELETE FROM log WHERE EXISTS (SELECT 1 FROM anchors WHERE anchors.chain = log.chain"
            " AND log.sequence <= anchors.sequence)"
        ),
        "DELETE FROM sealed_heads WHERE seal = 1",
    ):
        desk.change(statement)
    said = desk.verify()
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "neither what was kept nor a sealed record of a purge says so" in said.err


def test_who_kept_less_than_what_was_purged_is_told(desk: Desk) -> None:
    """What is left cannot be compared with a seal that is older than where the log begins, and that is said."""
    old = desk.elsewhere / "old"
    old.write_text(desk.do("audit", "seals", "--last", "2").out.splitlines()[0] + "\n")
    purged(desk)
    assert desk.verify(old).code == 1


def test_a_second_purge_goes_on_from_the_first(desk: Desk) -> None:
    """Purges may follow each other; the log verifies after each."""
    purged(desk)
    desk.group("g2")
    desk.do("audit", "seal")
    kept = purged(desk)
    assert desk.verify(kept).code == desk.verify().code == 0
    assert entries(desk, "org:acme") == []


def test_a_purge_that_was_interrupted_is_finished_by_the_next(desk: Desk) -> None:
    """Where the places were noted and the rows are still there, the log verifies, and the next purge deletes them."""
    kept = desk.export("before")
    desk.change("CREATE TABLE spare AS SELECT * FROM log WHERE chain = 'org:acme'")
    desk.do(*PURGE, "--held", str(kept), "--yes")
    desk.change("INSERT INTO log SELECT * FROM spare")
    assert desk.verify(kept).code == 0
    purged(desk)
    assert entries(desk, "org:acme") == []


def test_a_sealed_private_key_goes_with_the_entry_that_held_it(desk: Desk) -> None:
    """The log holds sealed signing keys as rows of entries; after a purge none of those is left in it."""
    assert rows(desk.database, "SELECT count(*) FROM log WHERE body LIKE '%\"sealed\"%'") != [(0,)]
    purged(desk)
    assert rows(desk.database, "SELECT count(*) FROM log WHERE body LIKE '%\"sealed\"%'") == [(0,)]
