"""Verification of a chain in memory."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from delegation.audit import GENESIS, Entry, Fault, Finding, Head, link, verify

CHAIN = "org:acme"
LENGTH = 6
PLACES = range(1, LENGTH + 1)


def written(length: int = LENGTH, chain: str = CHAIN) -> list[Entry]:
    """Return a chain as the store keeps it."""
    entries: list[Entry] = []
    previous = GENESIS
    for sequence in range(1, length + 1):
        body = f'{{"n":{sequence}}}'
        previous = link(previous, chain, sequence, body)
        entries.append(Entry(chain, sequence, body, previous))
    return entries


def head_of(entries: list[Entry]) -> Head:
    """Return the head that belongs to a chain."""
    return Head(entries[-1].chain, entries[-1].sequence, entries[-1].hash)


HEAD = head_of(written())

EDITS: list[Callable[[Entry], Entry]] = [
    lambda entry: replace(entry, chain="org:other"),
    lambda entry: replace(entry, body=f"{entry.body} "),
    lambda entry: replace(entry, hash="0" * 64),
]


@pytest.mark.parametrize("length", [1, 2, LENGTH])
def test_a_chain_as_it_was_written_is_sound(length: int) -> None:
    """Nothing is found in a chain that nobody touched."""
    assert verify(written(length), head_of(written(length))) == []


@pytest.mark.threat("55")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_entry_is_named(place: int, edit: Callable[[Entry], Entry]) -> None:
    """Whatever is changed in an entry, the verifier names that entry."""
    entries = written()
    entries[place - 1] = edit(entries[place - 1])

    assert verify(entries, HEAD) == [Finding(CHAIN, place, Fault.EDITED)]


@pytest.mark.parametrize("place", PLACES[:-1])
def test_an_entry_rehashed_after_an_edit_breaks_the_next_one(place: int) -> None:
    """Repairing an edited entry's own hash moves the break to the entry that follows it."""
    entries = written()
    before = entries[place - 2].hash if place > 1 else GENESIS
    entries[place - 1] = Entry(CHAIN, place, "{}", link(before, CHAIN, place, "{}"))

    assert verify(entries, HEAD) == [Finding(CHAIN, place + 1, Fault.EDITED)]


def test_a_tail_rewritten_as_a_whole_is_found_by_its_head() -> None:
    """When everything from one entry on is written anew, the head tells."""
    entries = written()
    body = '{"n":7}'
    entries[-1] = Entry(CHAIN, LENGTH, body, link(entries[-2].hash, CHAIN, LENGTH, body))

    assert verify(entries, HEAD) == [Finding(CHAIN, LENGTH, Fault.HEAD)]


@pytest.mark.parametrize("place", PLACES[:-1])
def test_a_missing_entry_is_named(place: int) -> None:
    """An entry taken out of the middle is named as missing."""
    entries = written()
    del entries[place - 1]

    assert verify(entries, HEAD) == [Finding(CHAIN, place, Fault.MISSING)]


@pytest.mark.parametrize("place", PLACES[:-1])
def test_entries_told_in_another_order_are_named(place: int) -> None:
    """Two entries that changed places are told from a missing and from an edited one."""
    entries = written()
    entries[place - 1 : place + 1] = entries[place], entries[place - 1]

    assert verify(entries, HEAD) == [Finding(CHAIN, place, Fault.REORDERED)]


@pytest.mark.parametrize("place", PLACES[:-1])
def test_entries_that_changed_their_numbers_are_named(place: int) -> None:
    """Entries that swapped all but their numbers are told from edited ones."""
    entries = written()
    one, two = entries[place - 1 : place + 1]
    entries[place - 1] = replace(two, sequence=place)
    entries[place] = replace(one, sequence=place + 1)

    assert verify(entries, HEAD) == [Finding(CHAIN, place, Fault.REORDERED)]


@pytest.mark.parametrize("place", PLACES)
def test_an_entry_told_twice_is_named(place: int) -> None:
    """A repeated entry is named, wherever it is."""
    entries = written()
    entries.insert(place, entries[place - 1])

    assert verify(entries, HEAD) == [Finding(CHAIN, place, Fault.REPEATED)]


@pytest.mark.parametrize("place", PLACES)
def test_an_inserted_entry_is_named(place: int) -> None:
    """A forged entry that pushes the true ones back is named by its place."""
    entries = written()
    forged = replace(entries[place - 1], body="{}")
    later = [replace(entry, sequence=entry.sequence + 1) for entry in entries[place - 1 :]]

    assert verify([*entries[: place - 1], forged, *later], HEAD) == [Finding(CHAIN, place, Fault.REORDERED)]


@pytest.mark.parametrize("kept", range(LENGTH))
def test_a_cut_tail_is_named(kept: int) -> None:
    """Whatever suffix is cut off, the head tells which entry is the first one gone."""
    assert verify(written()[:kept], HEAD) == [Finding(CHAIN, kept + 1, Fault.CUT)]


@pytest.mark.parametrize("reach", PLACES[:-1])
def test_entries_beyond_the_head_are_named(reach: int) -> None:
    """A head that was set back does not cover what follows it."""
    assert verify(written(), head_of(written(reach))) == [Finding(CHAIN, reach + 1, Fault.UNCOVERED)]


def test_a_finding_can_be_read() -> None:
    """A finding says where and what in words."""
    assert str(Finding(CHAIN, 3, Fault.MISSING)) == "`org:acme`, entry 3: it is missing, though later ones are there"
