"""A disk that fails at any one call, or for good, and a power cut at any moment: judged by what is found afterwards."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.durability.disks import KINDS, Disks
from tests.durability.flaws import IGNORES_DIRECTORIES, NEVER_FLUSHES, TAKES_FOR_GRANTED
from tests.durability.history import UNITS
from tests.durability.judging import Violation
from tests.durability.tracing import Untraceable

pytestmark = [pytest.mark.slow, *(pytest.mark.threat(id) for id in ("48", "49", "I12", "I13"))]


@pytest.fixture(scope="module")
def disks(migrated_sqlite: str, tmp_path_factory: pytest.TempPathFactory) -> Disks:
    """A history that can be lived on disks that fail."""
    try:
        return Disks(Path(str(make_url(migrated_sqlite).database)), tmp_path_factory.mktemp("disks"))
    except Untraceable as error:
        pytest.skip(str(error))


def test_the_power_may_go_at_any_moment(disks: Disks) -> None:
    """After each call of a history whatever was acknowledged survives a kill and a power cut, and the rest is whole."""
    assert disks.whole.acknowledged == UNITS
    assert not disks.whole.has_failed
    assert disks.lose_power() > 3 * 150


SOME = {"there is no room for a write": 5, "there is no room from then on": 5, "a read fails": 5}
"""Kinds of which every fifth will do here; `make faults-full` tries them all."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_may_fail_at_any_call(disks: Disks, kind: str) -> None:
    """Whichever call fails, nothing acknowledged is lost, nothing is half there, nothing refused comes back."""
    acknowledged = [suffered.acknowledged for suffered in disks.fail(kind, every=SOME.get(kind, 1))]
    assert acknowledged, "nothing was hit"
    if not KINDS[kind].lasting:
        assert min(acknowledged) >= UNITS - 2, "one failure kept the history from going on"


@pytest.mark.parametrize("flaw", [TAKES_FOR_GRANTED, IGNORES_DIRECTORIES])
def test_a_failure_that_is_ignored_is_noticed(disks: Disks, flaw: str) -> None:
    """A writer that goes on as if a flush had not failed, of a file or of a directory, does not survive all of them."""
    with pytest.raises(Violation, match="was told to be done, and there are"):
        list(disks.fail("a flush fails", flaw=flaw))


def test_a_database_that_does_not_flush_is_noticed(migrated_sqlite: str, tmp_path: Path) -> None:
    """With a database that leaves it to the kernel when to write, a power cut loses what was acknowledged."""
    lazy = Disks(Path(str(make_url(migrated_sqlite).database)), tmp_path, flaw=NEVER_FLUSHES)
    with pytest.raises(Violation, match="was told to be done, and there are"):
        lazy.lose_power()
