"""Every history of three processes within bounds: no stale allow, nobody left waiting, and each mistake found."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.linearizability.mistakes import Mistake
from tests.linearizability.searching import Bounds, search

pytestmark = [pytest.mark.threat("R7"), pytest.mark.threat("R11")]

NEAR: Final[Mapping[str, tuple[Bounds, int]]] = {
    "two changes and two requests, the log cut": (Bounds(heads=(1,), commits=2, plain=2, trims=1), 79_837),
    "failures and evictions in a large change": (Bounds(heads=(3,), commits=1, plain=2, faults=1, evictions=1), 12_104),
    "hints, true and false": (
        Bounds(heads=(3,), commits=1, plain=1, faults=1, evictions=1, trims=1, hints=1),
        41_052,
    ),
    "staleness within a bound": (Bounds(heads=(1,), commits=1, bounded=2, periods=2), 55_116),
}
"""What a search allows, and how many states there are within that."""

FAR: Final[Mapping[str, tuple[Bounds, int]]] = {
    "everything but hints": (Bounds(heads=(1, 3), commits=2, plain=2, faults=1, evictions=1, trims=1), 631_261),
    "two requests that allow staleness": (Bounds(heads=(1,), commits=2, bounded=2, periods=2), 369_422),
}

SEEDED: Final[Mapping[Mistake, tuple[Bounds, str]]] = {
    Mistake.JOIN_UNDER_WAY: (Bounds(heads=(1,), commits=1, plain=2), "stale allow"),
    Mistake.ANSWER_WITHOUT_HEAD: (Bounds(heads=(1,), commits=1, plain=1, faults=1), "stale allow"),
    Mistake.KEEP_HALF: (Bounds(heads=(3,), commits=1, plain=2, faults=1), "stale allow"),
    Mistake.SKIP_GAP: (Bounds(heads=(1,), commits=2, plain=1, trims=1), "stale allow"),
    Mistake.TRUST_THE_LOADER: (Bounds(heads=(1,), commits=1, plain=2), "stale allow"),
    Mistake.REVISION_AFTER_ROWS: (Bounds(heads=(1,), commits=1, plain=2), "stale allow"),
    Mistake.LOOK_BETWEEN: (Bounds(heads=(3,), commits=1, plain=2), "stale allow"),
    Mistake.AGE_FROM_THE_END: (Bounds(heads=(1,), commits=1, bounded=2, periods=2), "stale allow"),
    Mistake.BELIEVE_HINTS: (Bounds(heads=(1,), commits=1, plain=1, hints=1), "stale allow"),
    Mistake.FORGET_THE_WAITING: (Bounds(heads=(1,), plain=1, faults=1), "never answered"),
    Mistake.KEEP_THE_LOCK: (Bounds(heads=(1,), commits=1, plain=2, faults=1), "never answered"),
}


def prove(bounds: Bounds, states: int) -> None:
    """Look at every state within bounds, which are so many, and find nothing wrong."""
    outcome = search(bounds)
    assert (outcome.wrong, outcome.trace) == ("", ())
    assert outcome.states == states


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.slow
def test_no_history_allows_what_was_revoked(name: str) -> None:
    """In no history of three processes within these bounds is a revoked right allowed, or a request left waiting."""
    prove(*NEAR[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", FAR)
def test_no_longer_history_does_so_either(name: str) -> None:
    """In no history within wider bounds is a revoked right allowed, or a request left waiting."""
    prove(*FAR[name])


@pytest.mark.parametrize("mistake", Mistake)
@pytest.mark.slow
def test_every_mistake_is_found(mistake: Mistake) -> None:
    """Each mistake put into the model leads to a wrong answer, or to none, by a history that the search tells."""
    bounds, wrong = SEEDED[mistake]
    without, outcome = search(bounds), search(bounds, mistake)
    print("\n".join(outcome.trace))  # noqa: T201 - shown by `pytest -s`: the shortest history
    assert (without.wrong, outcome.wrong) == ("", wrong)
    assert len(outcome.trace) > 3
