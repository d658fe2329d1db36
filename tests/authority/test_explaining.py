"""An explanation says what each term lets through, and blames the term that alone says no (semantics: §5, I19)."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Object
from delegation.authority.effective import Ground, chain_in_force, decide, effective
from delegation.authority.explaining import Explanation, by_delegation, explained, explained_on, permissions_on
from delegation.authority.refusal import Refusal, Term
from tests.authority.oracle import TREE, Bound, Delegation, Oracle
from tests.authority.worlds import NOW, PERMISSIONS, Drawn, drawn, presented, world_of

pytestmark = [pytest.mark.threat("I19"), pytest.mark.threat("P7"), pytest.mark.semantics("5")]

worlds = st.integers(0, 2**32).map(lambda seed: drawn(Random(seed)))
resources = st.sampled_from(sorted(TREE))


@given(drawn=worlds, resource=resources)
def test_an_explanation_tells_what_is_decided(drawn: Drawn, resource: str) -> None:
    """What it calls effective is effective, and each denial in it is the one that a single question gets."""
    for jti, token in drawn.tokens.items():
        bearer = presented(drawn.oracle, jti, token)
        told = explained(drawn.world, bearer, Object(resource), NOW)
        among = permissions_on(drawn.world, Object(resource))
        assert told.effective == effective(drawn.world, bearer, among, Object(resource), NOW)
        for permission in among - told.effective:
            assert told.denied[permission] == decide(drawn.world, bearer, permission, Object(resource), NOW)


@given(drawn=worlds, resource=resources)
def test_the_term_blamed_says_no_by_itself(drawn: Drawn, resource: str) -> None:
    """The step that is blamed does not let the permission through, every step before it does; what is left follows."""
    for jti, token in drawn.tokens.items():
        told = explained(drawn.world, presented(drawn.oracle, jti, token), Object(resource), NOW)
        if told.status is not None:
            assert told.steps == ()
            continue
        left = told.steps[0].lets_through
        for step in told.steps:
            left &= step.lets_through
            assert step.left == left
        assert left == told.effective
        for permission, refusal in told.denied.items():
            blamed = next(step for step in told.steps if permission not in step.lets_through)
            where = (None, None) if blamed.limit is None else (blamed.limit.delegation, blamed.limit.hop)
            assert (refusal.term, refusal.delegation, refusal.hop) == (blamed.term, *where)


@given(drawn=worlds, resource=resources)
def test_each_step_lets_through_what_the_formula_says(drawn: Drawn, resource: str) -> None:
    """The person's step holds what the person may, a delegation's what its bound lets through, and so on."""
    oracle = drawn.oracle
    for jti, token in drawn.tokens.items():
        told = explained(drawn.world, presented(oracle, jti, token), Object(resource), NOW)
        chain = [oracle.delegations[link] for link in oracle.chain(token.delegation)]
        for step in told.steps:
            hop = None if step.limit is None else step.limit.hop
            match step.term, hop:
                case Term.USER, _:
                    expected = {p for p in PERMISSIONS if oracle.may(told.user, p, resource)}
                case Term.DELEGATION, int(n):
                    expected = {p for p in PERMISSIONS if oracle.within(chain[n - 1].bound, p, resource)}
                    assert step.agent == chain[n - 1].agent
                case Term.CEILING, int(n):
                    bounds = oracle.ceilings[chain[n - 1].agent] or ()
                    expected = {p for p in PERMISSIONS if any(oracle.within(b, p, resource) for b in bounds)}
                case _:
                    continue
            assert step.lets_through == expected


@given(drawn=worlds, resource=resources)
def test_a_chain_off_the_record_is_explained_like_one_on_it(drawn: Drawn, resource: str) -> None:
    """Whether a delegation is stored makes no difference to what it would let through."""
    for delegation in drawn.world.organization.delegations.values():
        bearer = by_delegation(delegation)
        chain = chain_in_force(drawn.world, bearer, NOW)
        if not isinstance(chain, Refusal):
            ground = Ground(drawn.world, bearer, chain, NOW)
            assert explained_on(ground, Object(resource)) == explained(drawn.world, bearer, Object(resource), NOW)


def story() -> Explanation:
    """Return why the planner may only view what bob may edit: the ceiling lets nothing else through."""
    everything = frozenset(PERMISSIONS)
    oracle = Oracle(NOW, memberships={"bob": True})
    oracle.roles = {"owner": ("workspace", everything), "editor": ("project", frozenset({"app:view", "app:edit"}))}
    oracle.assignments = {("user:bob", "owner", "workspace:design")}
    oracle.ceilings = {"planner": (Bound("project:apollo", frozenset({"editor"}), frozenset({"app:view"})),)}
    bound = Bound("project:apollo", frozenset({"editor"}), frozenset({"app:view", "app:edit"}))
    oracle.delegations = {"dlg_1": Delegation("bob", "planner", bound)}
    world = world_of(oracle)
    bearer = by_delegation(world.organization.delegations["dlg_1"])
    return explained(world, bearer, Object("app:storefront"), NOW)


def test_an_explanation_reads_hop_by_hop() -> None:
    """It shows the person, each delegation and ceiling with its hop and agent, and what is missing and why."""
    told = story().shown()
    assert told["effective"] == ["app:view"]
    assert [(step["term"], step.get("hop"), step.get("agent"), step["left"]) for step in told["steps"]] == [
        ("user", None, None, sorted(PERMISSIONS)),
        ("delegation", 1, "planner", ["app:edit", "app:view"]),
        ("ceiling", 1, "planner", ["app:view"]),
    ]
    assert told["missing"]["app:edit"]["failing"] == {"term": "ceiling", "delegation_id": "dlg_1", "hop": 1}
    assert told["missing"]["document:edit"]["failing"]["term"] == "delegation"
    assert "status" not in told


def test_a_chain_that_is_not_in_force_is_explained_by_its_status() -> None:
    """Nothing is effective, and the one reason is told instead of a table of bounds that do not matter."""
    oracle = Oracle(NOW, memberships={"bob": True}, roles={"editor": ("project", frozenset({"app:view"}))})
    oracle.ceilings = {"planner": None}
    bound = Bound("project:apollo", frozenset({"editor"}), frozenset({"app:view"}))
    oracle.delegations = {"dlg_1": Delegation("bob", "planner", bound, suspended=True)}
    world = world_of(oracle)
    told = explained(world, by_delegation(world.organization.delegations["dlg_1"]), Object("project:apollo"), NOW)
    assert (told.effective, told.steps) == (frozenset(), ())
    assert told.shown()["status"]["reason"] == "delegation_suspended"
