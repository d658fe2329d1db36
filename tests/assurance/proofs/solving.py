"""What the solver is asked: whether something can be, and what follows from it."""

from collections.abc import Mapping
from typing import Final

import z3

_PATIENCE: Final = 60_000  # milliseconds; each question takes a few, or some thousands on a busy machine


def possible(*sentences: z3.BoolRef) -> bool:
    """Whether all of these can be true together."""
    return _decided(_knowing(sentences))


def follows(claim: z3.BoolRef, *given: z3.BoolRef) -> bool:
    """Whether the claim is true wherever what is given is true."""
    return not refuted({"claim": claim}, *given)


def refuted(claims: Mapping[str, z3.BoolRef], *given: z3.BoolRef) -> list[str]:
    """Return the names of the claims that can be false where what is given is true.

    What is given must be possible, since everything would follow from nonsense.
    """
    solver = _knowing(given)
    assert _decided(solver), "what is given contradicts itself"
    return [name for name, claim in claims.items() if _decided(solver, z3.Not(claim))]


def _knowing(sentences: tuple[z3.BoolRef, ...]) -> z3.Solver:
    solver = z3.Solver()
    solver.set("timeout", _PATIENCE)
    solver.add(*sentences)
    return solver


def _decided(solver: z3.Solver, *assumed: z3.BoolRef) -> bool:
    """Whether it can be; a solver that does not know is an error and no answer."""
    answer = solver.check(*assumed)
    assert answer != z3.unknown, f"not decided: {solver.reason_unknown()}"
    return bool(answer == z3.sat)
