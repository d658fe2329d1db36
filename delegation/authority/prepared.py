"""Prepared values: what follows from immutable values alone, worked out once and found again by the values themselves.

No decision is among them: a decision follows from the time and from pictures that move, too. And nothing has to be
dropped when something changes: what changed is another value.
"""

from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

V = TypeVarTuple("V")
R = TypeVar("R")

MOST: Final = 8_192
"""Results of one function that are kept at most; beyond, all are given up."""


def prepared(work_out: Callable[[*V], R]) -> Callable[[*V], R]:
    """Return a function of immutable values that works out once what it is asked about the very same values.

    Values are told apart as things, not by what they say: to compare two delegations takes longer than what is spared.
    Each is kept with the result, so that no other can come to lie where it lies.
    """
    kept: dict[tuple[int, ...], tuple[tuple[*V], R]] = {}

    def found(*values: *V) -> R:
        name = tuple(map(id, values))
        known = kept.get(name)
        if known is not None:
            return known[1]
        result = work_out(*values)
        if len(kept) >= MOST:
            kept.clear()
        kept[name] = (values, result)
        return result

    return found
