"""What a hash chain ends in says all that is in it (docs/operations.md: the log).

A hash without collisions is a term: from it follows what was hashed, and nothing else hashes to the same.
"""

from collections.abc import Callable

import pytest
import z3

from tests.assurance.proofs.model import fresh
from tests.assurance.proofs.solving import follows, possible

Body = z3.DeclareSort("Body")
_hashes = z3.Datatype("Hash")
_hashes.declare("genesis")
_hashes.declare("link", ("before", _hashes), ("number", z3.IntSort()), ("body", Body))
Hash = _hashes.create()
LENGTHS = range(1, 6)

Entry = tuple[z3.ArithRef, z3.ExprRef]
"""Its number and its body."""
Link = Callable[[z3.ExprRef, z3.ArithRef, z3.ExprRef], z3.ExprRef]


def told(length: int) -> list[Entry]:
    """A chain of any entries, numbered from one."""
    return [(z3.IntVal(number), z3.Const(fresh("body"), Body)) for number in range(1, length + 1)]


def head(entries: list[Entry], link: Link = Hash.link) -> z3.ExprRef:
    """The hash in which a chain ends."""
    end = Hash.genesis
    for number, body in entries:
        end = link(end, number, body)
    return end


def differing(one: list[Entry], other: list[Entry]) -> z3.BoolRef:
    """Some entry of one chain is not that of the other."""
    return z3.Or(*(mine != theirs for (_, mine), (_, theirs) in zip(one, other, strict=True)))


@pytest.mark.threat("I14")
@pytest.mark.parametrize("length", LENGTHS)
def test_two_chains_that_end_alike_are_alike(length: int) -> None:
    """No entry was edited, and none changed places with another, where the head is the one that was kept."""
    kept, shown = told(length), told(length)
    assert follows(z3.Not(differing(kept, shown)), head(kept) == head(shown))


@pytest.mark.threat("I14")
@pytest.mark.parametrize("length", LENGTHS)
def test_a_chain_that_was_cut_or_filled_up_ends_otherwise(length: int) -> None:
    """No chain of another length has the same head, whatever is in it."""
    others = (told(other) for other in LENGTHS if other != length)
    assert follows(z3.And(*(head(told(length)) != head(other) for other in others)))


@pytest.mark.threat("I14")
def test_a_hash_with_collisions_would_be_noticed() -> None:
    """Were it possible to find another entry of the same hash, an edit could not be seen."""
    kept, shown = told(2), told(2)
    colliding = z3.Function("colliding", Hash, z3.IntSort(), Body, Hash)
    assert possible(head(kept, colliding) == head(shown, colliding), differing(kept, shown))


@pytest.mark.threat("I14")
def test_a_hash_that_does_not_cover_what_was_before_would_be_noticed() -> None:
    """Were the entry before left out of the hash, everything but the last entry could be edited."""
    kept, shown = told(3), told(3)

    def alone(_: z3.ExprRef, number: z3.ArithRef, body: z3.ExprRef) -> z3.ExprRef:
        return Hash.link(Hash.genesis, number, body)

    assert possible(head(kept, alone) == head(shown, alone), differing(kept, shown))
