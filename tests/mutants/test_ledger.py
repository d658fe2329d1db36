"""The ledger of mutants that survive."""

from collections import Counter

import pytest

from tests.mutants.ledger import Mutant, explained, outdated, unexplained
from tests.mutants.rooms import ROOT, narrowed, rooms

ENTRY = """
[[survivor]]
module = "authz_core/a.py"
function = "f"
was = "return 1"
now = "return 2"
reason = "{}"
"""
ONE = Mutant("authz_core/a.py", "f", "return 1", "return 2")
OTHER = ONE._replace(now="return 3")


def test_what_is_explained_is_told_from_what_is_not() -> None:
    """Each entry explains one survivor, and one that explains none is outdated."""
    known = explained(ENTRY.format("nobody looks"))

    assert unexplained([ONE], known) == outdated([ONE], known) == []
    assert unexplained([ONE, ONE, OTHER], known) == [ONE, OTHER]
    assert outdated([OTHER], known) == [ONE]


def test_an_entry_gives_its_reason() -> None:
    """An entry without a reason is refused."""
    with pytest.raises(ValueError, match="no reason"):
        explained(ENTRY.format(" "))


def test_every_room_has_modules_and_tests() -> None:
    """The patterns of a room match something, and its tests are there."""
    for room in rooms():
        assert room.modules
        assert all((ROOT / test).exists() for test in room.tests)
        assert narrowed(room, ["authz_core/*"]) == room
        assert narrowed(room, []).modules == ()
    assert Counter(module for room in rooms() for module in room.modules).most_common(1)[0][1] == 1
