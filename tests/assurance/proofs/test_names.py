"""Names that begin alike are not names that lie one beneath the other (semantics: who and what).

The service never asks a text what lies beneath what. Were it ever to, this is the only way that could be right.
"""

import pytest
import z3

from tests.assurance.proofs.solving import follows, possible

SEPARATOR = z3.StringVal("/")
A, B, C = z3.Strings("a b c")


def beneath(lower: z3.SeqRef, upper: z3.SeqRef) -> z3.BoolRef:
    """The name is the other, or begins with the other and a separator."""
    return z3.Or(lower == upper, z3.PrefixOf(z3.Concat(upper, SEPARATOR), lower))


@pytest.mark.threat("8")
def test_a_prefix_that_ends_at_a_separator_is_an_order() -> None:
    """Beneath what lies beneath is beneath, and no two names lie beneath one another."""
    assert follows(beneath(C, A), beneath(B, A), beneath(C, B))
    assert follows(A == B, beneath(A, B), beneath(B, A))


@pytest.mark.threat("8")
def test_a_bare_prefix_would_be_noticed() -> None:
    """Were a name beneath another because it begins with it, `folder:ab` would lie beneath `folder:a`."""
    assert possible(z3.PrefixOf(A, B), z3.Not(beneath(B, A)))
    neighbours = (z3.StringVal("folder:a") == A, z3.StringVal("folder:ab") == B)
    assert possible(*neighbours, z3.PrefixOf(A, B), z3.Not(beneath(B, A)))
