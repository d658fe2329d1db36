"""Events come in pieces of any size; rows have exactly the columns that are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.edge.errors import Contradictory
from delegation.edge.events import Reader
from delegation.edge.shapes import SHAPES, USER
from delegation.feed.telling import TOLD, Telling
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.store import PARTITIONED
from tests.edge.issuers import OWN, current, told

SAID = b": hello\r\n\r\nretry: 5\n\n" + told("whole", partition=OWN) + b"data: {\ndata:}\r\r" + current(place="7.a")


@given(cuts=st.lists(st.integers(0, len(SAID)), max_size=8).map(sorted))
def test_events_do_not_depend_on_how_they_come(cuts: list[int]) -> None:
    """However the bytes are cut, the same events come out of them (HTML, section 9.2.6)."""
    reader = Reader()
    pieces = (SAID[start:end] for start, end in zip([0, *cuts], [*cuts, len(SAID)], strict=True))
    events = [event for piece in pieces for event in reader.read(piece)]
    assert [(event.name, event.place) for event in events] == [("whole", None), ("", None), ("current", "7.a")]
    assert events[0].body == {"partition": OWN}


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_an_event_has_a_greatest_length(size: int) -> None:
    """What is longer than an event may be is refused when so much has come, in one line or in many."""
    for text in (b"data: " + b"x" * 200, b"data: x\n" * 80):
        reader = Reader(most=100)
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        with pytest.raises(Contradictory, match="too long"):
            _all_read(reader, pieces)


def _all_read(reader: Reader, pieces: list[bytes]) -> None:
    for piece in pieces:
        list(reader.read(piece))


def test_every_table_that_is_told_is_known() -> None:
    """The columns that are understood are those that are told, and the keys are those of the tables."""
    assert TOLD.keys() == {*SHAPES, "user"}
    for kind, shapes in SHAPES.items():
        assert shapes.keys() == TOLD[kind].keys()
        for name, telling in TOLD[kind].items():
            assert shapes[name].columns.keys() == columns(telling), name
            keys = {column.name for column in PARTITIONED[name].primary_key} - {"partition"}
            assert set(shapes[name].key) == keys, name
    assert {name: columns(telling) | {"revision"} for name, telling in TOLD["user"].items()} == {
        "users": set(USER.columns)
    }


def columns(telling: Telling) -> set[str]:
    """Return the columns of the rows that are told."""
    return {*telling.columns, *telling.blank, *telling.members, *(["audiences"] * telling.audiences)}


@pytest.mark.parametrize(("kind", "picture"), [("platform", Platform()), ("org", Organization("acme"))])
def test_pictures_take_the_tables(kind: str, picture: Platform | Organization) -> None:
    """Each table that is told has its place in the picture of its partition."""
    assert SHAPES[kind].keys() <= picture.tables.keys()
