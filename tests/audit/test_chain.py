"""The links of a chain."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.audit import GENESIS, InvalidRecord, Record, link

PARTS = st.tuples(st.text("ab:1\0"), st.text("ab:1\0"), st.integers(1, 20), st.text("ab:1\0"))


@given(PARTS, PARTS)
def test_different_entries_have_different_hashes(
    one: tuple[str, str, int, str], other: tuple[str, str, int, str]
) -> None:
    """However the parts are cut, two different entries are never hashed from one text."""
    assert (link(*one) == link(*other)) is (one == other)


def test_the_form_of_a_link_stays_as_it_is() -> None:
    """Chains outlive releases: the hash of a given entry is this one for ever."""
    expected = "f532a804a06056d7fe4dc0ee4403ac60e2f12b38d02ba67065fdf75e175767de"

    assert link(GENESIS, "org:acme", 1, '{"a":1}') == expected


def test_a_record_is_told_in_full() -> None:
    """The document of a record has all its members, with the time in UTC to the microsecond."""
    at = datetime(2030, 1, 1, 12, 0, 0, 5, tzinfo=UTC)
    record = Record(at, "token.issued", "issued", "agent:planner", "acme", {"jti": "t1"})

    assert record.document() == {
        "at": "2030-01-01T12:00:00.000005Z",
        "action": "token.issued",
        "outcome": "issued",
        "actor": "agent:planner",
        "organization": "acme",
        "detail": {"jti": "t1"},
    }


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_a_time_that_is_not_in_utc_is_refused(zone: timezone | None) -> None:
    """A record's time is aware and in UTC, else there is no record."""
    with pytest.raises(InvalidRecord):
        Record(datetime(2030, 1, 1, tzinfo=zone), "x", "changed", "user:anne", None, {})
