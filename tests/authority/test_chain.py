"""Chains: every hop counts, at every use (semantics: chain, delegations, effective rights)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from authz_core import Allowed, Object
from delegation.authority.chain import chain_of, not_in_force, status_of
from delegation.authority.effective import decide
from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Delegation as Record
from tests.authority.oracle import TREE, Bound, Delegation, Oracle, Token
from tests.authority.worlds import NOW, presented, world_of

pytestmark = [pytest.mark.semantics("4"), pytest.mark.semantics("5")]

EDIT = frozenset({"app:view", "document:edit"})
WIDE = Bound("workspace:design", frozenset({"workspace-1"}), EDIT, 0, NOW + 100)
NARROW = Bound("app:storefront", frozenset({"app-1"}), EDIT, 0, NOW + 100)
AT = Object("app:storefront")


@pytest.fixture
def oracle() -> Oracle:
    """Anne lets the planner, the planner lets the writer, the writer lets the checker edit the workspace."""
    oracle = Oracle(NOW, dict(TREE), memberships={"anne": True})
    oracle.roles = {"workspace-1": ("workspace", EDIT), "app-1": ("app", EDIT)}
    oracle.assignments = {("user:anne", "workspace-1", "workspace:design")}
    oracle.ceilings = dict.fromkeys(("planner", "writer", "checker"))
    oracle.delegations = {
        "dlg_1": Delegation("anne", "planner", WIDE),
        "dlg_2": Delegation("anne", "writer", WIDE, parent="dlg_1"),
        "dlg_3": Delegation("anne", "checker", WIDE, parent="dlg_2"),
    }
    return oracle


def decided(oracle: Oracle, resource: Object = AT, delegation: str = "dlg_3") -> Allowed | Refusal:
    """Return whether a token of a delegation, by itself unrestricted, may edit documents."""
    bearer = presented(oracle, "at_1", Token(delegation, WIDE))
    return decide(world_of(oracle), bearer, "document:edit", resource, NOW)


def record(oracle: Oracle, id: str) -> Record:
    """Return a delegation as it is stored."""
    return world_of(oracle).organization.delegations[id]


def test_a_chain_runs_from_the_user_to_the_agent_that_acts(oracle: Oracle) -> None:
    """The root comes first and the delegation asked about last."""
    chain = chain_of(world_of(oracle), record(oracle, "dlg_3"))
    assert [link.id for link in chain] == ["dlg_1", "dlg_2", "dlg_3"]
    assert not_in_force(world_of(oracle), chain, NOW) is None
    assert isinstance(decided(oracle), Allowed)


@pytest.mark.threat("P2")
@pytest.mark.parametrize("hop", [1, 2, 3])
def test_the_narrowest_hop_decides_wherever_it_stands(oracle: Oracle, hop: int) -> None:
    """A hop that reaches less bounds the whole chain, in its middle too, and the answer names it."""
    oracle.delegations[f"dlg_{hop}"].bound = NARROW
    assert isinstance(decided(oracle), Allowed)
    refusal = decided(oracle, Object("app:backoffice"))
    assert isinstance(refusal, Refusal)
    assert (refusal.term, refusal.delegation, refusal.hop) == (Term.DELEGATION, f"dlg_{hop}", hop)


@pytest.mark.threat("P2")
@pytest.mark.parametrize(("hop", "agent"), [(1, "planner"), (2, "writer"), (3, "checker")])
def test_every_agents_ceiling_counts(oracle: Oracle, hop: int, agent: str) -> None:
    """The ceiling of any agent in the chain bounds it, and the answer names the hop."""
    oracle.ceilings[agent] = (NARROW,)
    assert isinstance(decided(oracle), Allowed)
    refusal = decided(oracle, Object("app:backoffice"))
    assert isinstance(refusal, Refusal)
    assert (refusal.term, refusal.delegation, refusal.hop) == (Term.CEILING, f"dlg_{hop}", hop)


def revoked(one: Delegation) -> None:
    """End a delegation."""
    one.revoked = True


def suspended(one: Delegation) -> None:
    """Suspend a delegation."""
    one.suspended = True


def expired(one: Delegation) -> None:
    """Let a delegation end by itself at this second."""
    one.bound = replace(one.bound, until=NOW)


def unbegun(one: Delegation) -> None:
    """Let a delegation begin in the next second."""
    one.bound = replace(one.bound, not_before=NOW + 1)


@pytest.mark.threat("6")
@pytest.mark.threat("P3")
@pytest.mark.threat("P4")
@pytest.mark.parametrize(
    ("strike", "own", "below"),
    [
        (revoked, "revoked", "revoked"),
        (expired, "expired", "expired"),
        (suspended, "suspended", "dormant"),
        (unbegun, "not_yet_valid", "dormant"),
    ],
)
@pytest.mark.parametrize("hop", [1, 2])
def test_what_befalls_a_hop_befalls_all_below_it(
    oracle: Oracle, hop: int, strike: Callable[[Delegation], None], own: str, below: str
) -> None:
    """Below a delegation that is not in force nothing is, and above it everything is as before."""
    strike(oracle.delegations[f"dlg_{hop}"])
    refusal = decided(oracle)
    assert isinstance(refusal, Refusal)
    assert (refusal.term, refusal.reason, refusal.hop) == (Term.STATUS, f"delegation_{own}", hop)
    expected = ["active"] * (hop - 1) + [own] + [below] * (3 - hop)
    world = world_of(oracle)
    assert [status_of(world, record(oracle, f"dlg_{n}"), NOW) for n in (1, 2, 3)] == expected
    assert isinstance(decided(oracle, delegation="dlg_1"), Allowed) is (hop > 1)


@pytest.mark.threat("6")
def test_revocation_is_found_across_links_that_ended_themselves(oracle: Oracle) -> None:
    """A chain whose middle has expired and whose root was revoked is revoked, not merely expired."""
    revoked(oracle.delegations["dlg_1"])
    expired(oracle.delegations["dlg_2"])
    suspended(oracle.delegations["dlg_3"])
    assert status_of(world_of(oracle), record(oracle, "dlg_3"), NOW) == "revoked"
    assert isinstance(decided(oracle), Refusal)


@pytest.mark.threat("P26")
@pytest.mark.parametrize(("hop", "agent"), [(1, "planner"), (2, "writer"), (3, "checker")])
@pytest.mark.parametrize("how", ["suspended", "not_admitted"])
def test_every_agent_of_a_chain_takes_part(oracle: Oracle, hop: int, agent: str, how: str) -> None:
    """An agent that is suspended or no longer admitted stops the chain, wherever in it."""
    if how == "suspended":
        oracle.suspended.add(agent)
    else:
        del oracle.ceilings[agent]
    refusal = decided(oracle)
    assert isinstance(refusal, Refusal)
    assert (refusal.term, refusal.reason, refusal.hop) == (Term.STATUS, f"agent_{how}", hop)
    assert status_of(world_of(oracle), record(oracle, "dlg_3"), NOW) == "dormant"


@pytest.mark.threat("I10")
@pytest.mark.parametrize(
    ("user", "agent", "delegation"),
    [("bob", "checker", "dlg_3"), ("anne", "planner", "dlg_3"), ("anne", "checker", "dlg_9")],
)
def test_a_bearer_stands_on_a_delegation_of_its_own(oracle: Oracle, user: str, agent: str, delegation: str) -> None:
    """Who names a delegation of another user or agent, or none, bears nothing."""
    token = presented(oracle, "at_1", Token("dlg_3", WIDE))
    bearer = replace(token, user=user, agent=agent, delegation=delegation)
    refusal = decide(world_of(oracle), bearer, "document:edit", AT, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "delegation_unknown"


@pytest.mark.threat("S6")
def test_a_revoked_ancestor_token_ends_what_came_of_it(oracle: Oracle) -> None:
    """A token is dead when it or any token it was derived from was revoked."""
    bearer = replace(presented(oracle, "at_1", Token("dlg_3", WIDE)), tokens=frozenset({"at_1", "at_0"}))
    assert isinstance(decide(world_of(oracle), bearer, "document:edit", AT, NOW), Allowed)
    refusal = decide(world_of(oracle, given_up=("at_0",)), bearer, "document:edit", AT, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "token_revoked"


@pytest.mark.threat("3")
@pytest.mark.parametrize(("now", "allowed"), [(NOW - 1, False), (NOW, True), (NOW + 9, True), (NOW + 10, False)])
def test_a_token_counts_from_its_beginning_up_to_its_end(oracle: Oracle, now: int, *, allowed: bool) -> None:
    """A token counts in the second it begins and no longer in the second it ends."""
    bearer = replace(presented(oracle, "at_1", Token("dlg_3", WIDE)), not_before=NOW, expires_at=NOW + 10)
    assert isinstance(decide(world_of(oracle), bearer, "document:edit", AT, now), Allowed) is allowed
