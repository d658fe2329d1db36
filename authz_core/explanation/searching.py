"""The cheapest way to a goal, by Knuth's generalisation of Dijkstra's algorithm from paths to proofs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from heapq import heappop, heappush
from typing import NamedTuple

from authz_core.explanation.goals import Alternative, Goal, Order
from authz_core.explanation.miss import Change, ChangeKind

RANKS: Mapping[ChangeKind, int] = {
    ChangeKind.MEET: 1,
    ChangeKind.FAIL: 1,
    ChangeKind.REMOVE: 2,
    ChangeKind.CONTAIN: 3,
    ChangeKind.ADD: 4,
    ChangeKind.HOLD: 4,
}
"""Of changes that are equally many, those of lower rank are closer at hand."""

Ways = Mapping[Goal, Alternative]
"""Goals that can be reached, each with the cheapest way to it."""

Decide = Callable[[Goal, Alternative], Alternative | None]
"""What becomes of an exclusion whose base is reached: nothing, or a way with whatever else it wants."""


class Weight(NamedTuple):
    """What a proof costs, the most important first; every step makes it grow."""

    changes: int = 0
    ranks: int = 0
    relationships: int = 0
    steps: int = 0

    def plus(self, other: "Weight") -> "Weight":
        """Return the sum."""
        return Weight(*map(int.__add__, self, other))


class Search:
    """One search; what is reached is reached by its cheapest way, and of equal ones by the first in order."""

    def __init__(self, alternatives: Mapping[Goal, Collection[Alternative]], root: Goal, decide: Decide) -> None:
        """Reach the root, or whatever can be reached without it."""
        self.ways: dict[Goal, Alternative] = {}
        self._decide = decide
        self._weights: dict[Goal, Weight] = {}
        self._wanting: defaultdict[Goal, list[tuple[Goal, Alternative]]] = defaultdict(list)
        self._heap: list[tuple[Weight, Goal, Order, Alternative]] = []
        for goal, ways in alternatives.items():
            for way in ways:
                self._await(goal, way)
        while self._heap and root not in self.ways:
            weight, goal, _, way = heappop(self._heap)
            if goal not in self.ways:
                self._settle(goal, way, weight)

    def _settle(self, goal: Goal, way: Alternative, weight: Weight) -> None:
        self.ways[goal] = way
        self._weights[goal] = weight
        for other, wanting in self._wanting.pop(goal, ()):
            self._await(other, wanting)

    def _await(self, goal: Goal, way: Alternative) -> None:
        """Offer the way once all its premises are reached."""
        if goal in self.ways:
            return
        lacking = next((premise for premise in way.premises if premise not in self.ways), None)
        if lacking is not None:
            self._wanting[lacking].append((goal, way))
            return
        decided = self._decide(goal, way)
        if decided is None:
            return
        if decided.premises != way.premises:
            self._await(goal, decided)
            return
        self._offer(goal, decided)

    def _offer(self, goal: Goal, way: Alternative) -> None:
        total = _own(way.change, is_stored=way.relationship is not None)
        for premise in way.premises:
            total = total.plus(self._weights[premise])
        heappush(self._heap, (total, goal, way.order, way))


def _own(change: Change | None, *, is_stored: bool) -> Weight:
    if change is None:
        return Weight(0, 0, int(is_stored), 1)
    return Weight(1, RANKS[change.kind], 0, 1)
