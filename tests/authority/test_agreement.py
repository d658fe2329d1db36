"""In any world the authority decides what the formula says (semantics: effective rights, invariants)."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Object
from delegation.authority.bounds import all_within, within
from delegation.authority.chain import status_of
from delegation.authority.effective import decide, effective, may, rights
from delegation.authority.refusal import Refusal
from tests.authority.oracle import TREE, Oracle, Token
from tests.authority.worlds import NOW, PERMISSIONS, USERS, Drawn, drawn, presented, real_bound

pytestmark = [pytest.mark.semantics("5"), pytest.mark.threat("I1"), pytest.mark.threat("I6")]

worlds = st.integers(0, 2**32).map(lambda seed: drawn(Random(seed)))


@given(drawn=worlds)
def test_each_decision_is_that_of_the_formula(drawn: Drawn) -> None:
    """A token may do exactly what every term of the conjunction lets through."""
    for jti, token in drawn.tokens.items():
        bearer = presented(drawn.oracle, jti, token)
        for resource in TREE:
            allowed = {
                slug
                for slug in PERMISSIONS
                if isinstance(decide(drawn.world, bearer, slug, Object(resource), NOW), Allowed)
            }
            assert allowed == effective_by_hand(drawn.oracle, token, resource)


def effective_by_hand(oracle: Oracle, token: Token, resource: str) -> set[str]:
    """Return what the oracle lets a token do on a resource."""
    return {slug for slug in PERMISSIONS if oracle.effective(token, slug, resource)}


@pytest.mark.threat("11")
@given(drawn=worlds)
def test_the_set_of_effective_permissions_equals_deciding_one_by_one(drawn: Drawn) -> None:
    """What is listed for a token on a resource is what single decisions allow, of all permissions and of some."""
    some = frozenset(PERMISSIONS[::2])
    for jti, token in drawn.tokens.items():
        bearer = presented(drawn.oracle, jti, token)
        for resource in TREE:
            by_hand = effective_by_hand(drawn.oracle, token, resource)
            listed = effective(drawn.world, bearer, frozenset(PERMISSIONS), Object(resource), NOW)
            assert listed == by_hand
            assert effective(drawn.world, bearer, some, Object(resource), NOW) == by_hand & some


@pytest.mark.semantics("2")
@given(drawn=worlds)
def test_peoples_rights_are_those_of_their_roles(drawn: Drawn) -> None:
    """A person may do what a role of a principal of theirs contains, on the resource or above it."""
    for name in USERS:
        for resource in map(Object, TREE):
            by_hand = {slug for slug in PERMISSIONS if drawn.oracle.may(name, slug, resource)}
            decided = {slug for slug in PERMISSIONS if isinstance(may(drawn.world, name, slug, resource), Allowed)}
            assert decided == by_hand == rights(drawn.world, name, frozenset(PERMISSIONS), resource)


@pytest.mark.semantics("3")
@given(drawn=worlds)
def test_a_bound_lets_through_what_its_reading_says(drawn: Drawn) -> None:
    """A bound asked of the engine and the reading `on it or beneath, and the role contains it` agree."""
    bounds = [one.bound for one in drawn.oracle.delegations.values()]
    for bound in (*bounds, *(token.bound for token in drawn.tokens.values())):
        for resource in TREE:
            by_hand = {slug for slug in PERMISSIONS if drawn.oracle.within(bound, slug, resource)}
            real, place = real_bound(bound), Object(resource)
            single = {slug for slug in PERMISSIONS if isinstance(within(drawn.world, real, slug, place, NOW), Allowed)}
            assert single == by_hand == all_within(drawn.world, real, frozenset(PERMISSIONS), place, NOW)


@pytest.mark.threat("I19")
@given(drawn=worlds)
def test_a_refusal_names_the_first_term_that_says_no(drawn: Drawn) -> None:
    """Of status, user, and for each hop delegation and ceiling, and token, the first that fails is named."""
    for jti, token in drawn.tokens.items():
        bearer = presented(drawn.oracle, jti, token)
        for resource in TREE:
            for slug in PERMISSIONS:
                terms = drawn.oracle.terms(token, slug, resource)
                first = next((term for term, answer in terms if not answer), None)
                answer = decide(drawn.world, bearer, slug, Object(resource), NOW)
                named = str(answer.term) if isinstance(answer, Refusal) else None
                assert named == first


@pytest.mark.threat("I2")
@given(drawn=worlds)
def test_no_right_exceeds_what_it_stands_on(drawn: Drawn) -> None:
    """What a token may do its user may do, and each delegation above its own would let the same through."""
    for jti, token in drawn.tokens.items():
        bearer = presented(drawn.oracle, jti, token)
        for resource in map(Object, TREE):
            left = effective(drawn.world, bearer, frozenset(PERMISSIONS), resource, NOW)
            assert left <= rights(drawn.world, bearer.user, frozenset(PERMISSIONS), resource)
            for link in drawn.oracle.chain(token.delegation):
                bound = real_bound(drawn.oracle.delegations[link].bound)
                assert left <= all_within(drawn.world, bound, frozenset(PERMISSIONS), resource, NOW)


@pytest.mark.semantics("4")
@given(drawn=worlds)
def test_the_status_follows_from_the_whole_chain(drawn: Drawn) -> None:
    """What people are shown of a delegation follows from it, from those above it and from who takes part."""
    for id_, record in drawn.world.organization.delegations.items():
        assert status_of(drawn.world, record, NOW) == drawn.oracle.status(id_)


def test_the_worlds_drawn_are_worth_asking_about() -> None:
    """Enough tokens may do something, through chains of several hops too, for agreement to mean anything."""
    allowed = dict.fromkeys(range(1, 5), 0)
    for seed in range(60):
        one = drawn(Random(seed))
        for token in one.tokens.values():
            good = any(effective_by_hand(one.oracle, token, resource) for resource in TREE)
            allowed[len(one.oracle.chain(token.delegation))] += good
    assert allowed[1] > 50
    assert allowed[2] > 20
    assert allowed[3] > 5
