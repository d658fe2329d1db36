"""Each class of bug: the rule holds, and each mistake that brings the bug back is noticed by the rule."""

import pytest

from tests.assurance.bugs import Breakage, Bug
from tests.assurance.catalog import BUGS

RULES = [pytest.param(bug, id=f"{bug.id}-{bug.rule.__name__}", marks=pytest.mark.threat(bug.id)) for bug in BUGS]
BREAKAGES = [
    pytest.param(bug, breakage, id=f"{bug.id}-{breakage.mistake}", marks=pytest.mark.threat(bug.id))
    for bug in BUGS
    for breakage in bug.breakages
]


@pytest.mark.parametrize("bug", RULES)
def test_the_engine_keeps_the_rule(bug: Bug) -> None:
    """The engine as it is keeps each rule, and for each there is a mistake that shows that it can be broken."""
    bug.rule()
    assert bug.breakages


@pytest.mark.parametrize(("bug", "breakage"), BREAKAGES)
def test_a_broken_engine_breaks_the_rule(bug: Bug, breakage: Breakage) -> None:
    """An engine with the bug in it fails the assertion of the rule, and fails in no other way."""
    with breakage.applied(), pytest.raises(AssertionError):
        bug.rule()
