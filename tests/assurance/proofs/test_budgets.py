"""A budget is drawn from by everything beneath it, and no more than it holds (semantics: delegations)."""

from dataclasses import dataclass

import pytest
import z3

from tests.assurance.proofs.model import fresh
from tests.assurance.proofs.solving import follows, possible


@dataclass(frozen=True, slots=True)
class Counters:
    """What has been drawn: from the parent's budget, and by each of its two children from their own."""

    parent: z3.ArithRef
    first: z3.ArithRef
    second: z3.ArithRef

    def kept(self, limits: "Counters") -> z3.BoolRef:
        """No counter exceeds its limit, and what the children drew was drawn from their parent too."""
        pairs = ((self.parent, limits.parent), (self.first, limits.first), (self.second, limits.second))
        return z3.And(
            *(z3.And(used >= 0, used <= limit) for used, limit in pairs), self.first + self.second <= self.parent
        )


def numbers(name: str) -> Counters:
    """Any three numbers."""
    return Counters(*z3.Ints(f"{fresh(name)} {fresh(name)} {fresh(name)}"))


BEFORE, LIMITS = numbers("before"), numbers("limit")
ROOM = z3.And(BEFORE.first + 1 <= LIMITS.first, BEFORE.parent + 1 <= LIMITS.parent)
"""One more use by the first child fits into both budgets, which is looked at and written in one step."""


@pytest.mark.semantics("4")
@pytest.mark.threat("P9")
def test_children_together_never_draw_more_than_their_parent_holds() -> None:
    """Each use by a child keeps to its own limit and to its parent's; so, use by use, does any number of them."""
    after = Counters(BEFORE.parent + 1, BEFORE.first + 1, BEFORE.second)
    assert follows(after.kept(LIMITS), BEFORE.kept(LIMITS), ROOM)
    assert follows(after.first + after.second <= LIMITS.parent, BEFORE.kept(LIMITS), ROOM)


@pytest.mark.semantics("4")
@pytest.mark.threat("P9")
def test_charging_the_last_hop_alone_would_be_noticed() -> None:
    """Were only the child charged, two children would draw more than their parent holds, each within its own limit."""
    room = BEFORE.first + 1 <= LIMITS.first
    overdrawn = BEFORE.first + 1 + BEFORE.second > LIMITS.parent
    assert possible(BEFORE.kept(LIMITS), room, overdrawn)


@pytest.mark.semantics("4")
@pytest.mark.threat("P9")
def test_looking_first_and_writing_later_would_be_noticed() -> None:
    """Were room looked for by two before either writes, both would find the last piece of it."""
    twice = BEFORE.parent + 2 > LIMITS.parent
    assert possible(BEFORE.kept(LIMITS), ROOM, BEFORE.second + 1 <= LIMITS.second, twice)
