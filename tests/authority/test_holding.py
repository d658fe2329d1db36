"""What can be held on an object of a relationship model, what that gives, and what an agent may pass on of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from authz_core import Holding, Object, parse_object
from delegation.authority.bounds import Bound, all_carried, of_delegation
from delegation.authority.effective import effective, may
from delegation.authority.explaining import by_delegation
from delegation.authority.granting import GrantRefused, Limits, Wish, grant
from delegation.authority.holding import contained, exists, objects_of
from delegation.authority.policies import in_group, is_group
from delegation.authority.sub_delegating import Widens, sub_delegate
from delegation.state.entities import Delegation
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.world import World
from tests.authority.relationship_worlds import row_of
from tests.authority.worlds import AGENTS, NOW, agent_row, user
from tests.authz_core.worlds import fact

pytestmark = pytest.mark.semantics("3")

LIMITS: Final = Limits(lifetime=1000, chain_length=5)
DOCUMENTS: Final = (Path(__file__).parents[2] / "policies" / "documents.fga").read_text(encoding="utf-8")
FIRM: Final = (
    *("folder:firm parent folder:plans", "folder:plans parent document:roadmap", "folder:firm parent document:minutes"),
    *("user:anne owner folder:firm", "user:bob member group:staff", "group:staff#member viewer folder:plans"),
)
REQUESTS: Final = """
model
  schema 1.1
type user
type request
  relations
    define approver: [user]
    define certified: [user]
    define reader: [user]
    define can_read: reader
    define can_approve: approver and certified
"""
SLIPS: Final = """
model
  schema 1.1
type user
type box
  relations
    define opener: [user]
    define can_open: opener
type slip
  relations
    define box: [box]
    define opener: [user]
    define can_open: opener or can_open from box
"""


def world(text: str, *lines: str, delegable: tuple[str, ...] | None = None) -> World:
    """Return an organization with these facts, of which anne and bob are members and that admits all agents."""
    platform, organization = Platform(), Organization("o")
    row = {"id": "1", "document": {"text": text, "delegable": delegable}, "created_at": 0}
    platform.tables["relationship_models"].put(row)
    organization.tables["organizations"].put({"id": "o", "name": "", "status": "active"})
    for agent in AGENTS:
        platform.tables["agents"].put(agent_row(agent, suspended=False))
        organization.tables["admitted_agents"].put({"agent": agent, "ceiling": None})
    for name in ("anne", "bob"):
        organization.tables["memberships"].put({"user": name, "active": True})
    for line in lines:
        organization.tables["relationships"].put(row_of(fact(*line.split()), None))
    users = {name: user(name, suspended=False) for name in ("anne", "bob")}
    moment = datetime.fromtimestamp(NOW, UTC)
    return World(platform, organization, users, organization.model(platform.model), moment)


def wish(agent: str, resource: str, *roles: str, **changed: Any) -> Wish:
    """Return a wish for an agent to hold relations on an object."""
    given: dict[str, Any] = {
        "at": NOW,
        "agent": agent,
        "resource": parse_object(resource),
        "roles": frozenset(roles),
        "permissions": None,
        "audiences": None,
        "not_before": 0,
        "expires_at": NOW + 100,
        "depth": 0,
        "unattended": False,
        "purpose": "",
    }
    return Wish(**{**given, **changed})


def granted(seen: World, *asked: str, **changed: Any) -> Delegation:
    """Return the delegation that anne makes for the planner, on record."""
    made = grant(seen, "anne", wish("planner", *asked, **changed), id="dlg_1", limits=LIMITS).delegation
    seen.organization.tables["delegations"].put(made.row())
    return made


@pytest.mark.parametrize(
    ("thing", "relation", "gives"),
    [
        ("folder:plans", "viewer", {"can_view"}),
        ("folder:plans", "editor", {"can_view", "can_add_document", "can_edit"}),
        ("folder:plans", "owner", {"can_view", "can_add_document", "can_edit", "can_share"}),
        ("document:roadmap", "editor", {"can_view", "can_edit"}),
        ("folder:plans", "parent", set()),
        ("folder:plans", "blocked", set()),
    ],
)
def test_a_relation_gives_what_can_follow_from_it(thing: str, relation: str, gives: set[str]) -> None:
    """The permissions of a relation are those relations that nobody is given directly, on its object and beneath."""
    assert contained(world(DOCUMENTS), [relation], Object(thing)) == gives


def test_objects_need_no_registration() -> None:
    """Whatever is of a type of the model is there, and is found where something is known of it."""
    seen = world(DOCUMENTS, *FIRM)
    assert exists(seen, Object("document:never-heard-of"))
    assert not exists(seen, Object("spaceship:one"))
    assert objects_of(seen, "folder") == {"folder:firm", "folder:plans"}
    assert objects_of(seen, "document") == {"document:roadmap", "document:minutes"}


def test_what_is_held_beneath_alone_is_not_withheld() -> None:
    """A delegation of a folder consents to what its documents know; withheld is only what the user lacks on it."""
    seen = world(DOCUMENTS, *FIRM, "user:bob owner document:roadmap")
    made = grant(seen, "anne", wish("planner", "folder:plans", "editor"), id="dlg_1", limits=LIMITS)
    assert made.delegation.permissions == {"can_view", "can_add_document", "can_edit"}
    assert made.withheld == frozenset()
    lesser = grant(seen, "bob", wish("planner", "folder:plans", "editor"), id="dlg_2", limits=LIMITS)
    assert lesser.withheld == {"can_add_document"}


@pytest.mark.parametrize(
    ("asked", "code", "detail"),
    [
        (("request:1", "approver"), "gives_nothing", "`can_approve` wants `certified` besides"),
        (("request:1", "signer"), "unknown_role", "no role `signer` can be held on a `request`"),
        (("user:bob", "approver"), "not_delegable", "resources of type `user`"),
        (("planet:mars", "approver"), "unknown_resource", "no resource `planet:mars`"),
    ],
)
def test_what_cannot_be_delegated_is_refused(asked: tuple[str, ...], code: str, detail: str) -> None:
    """A relation that gives nothing by itself is refused with what is missing; so is what is no relation there."""
    seen = world(REQUESTS, "user:anne approver request:1", "user:anne certified request:1")
    with pytest.raises(GrantRefused, match=detail) as refusal:
        grant(seen, "anne", wish("planner", *asked), id="dlg_1", limits=LIMITS)
    assert refusal.value.code == code


def test_relations_that_suffice_together_can_be_delegated_together() -> None:
    """What one relation only helps to, two of them give."""
    seen = world(REQUESTS, "user:anne approver request:1", "user:anne certified request:1")
    made = granted(seen, "request:1", "approver", "certified")
    told = effective(seen, by_delegation(made), frozenset({"can_approve", "can_read"}), Object("request:1"), NOW)
    assert told == {"can_approve"}


@pytest.mark.semantics("4")
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("folder:plans", "owner"), "roles"),
        (("document:roadmap", "owner"), "roles"),
        (("document:minutes", "viewer"), "resource"),
        (("folder:firm", "editor"), "resource"),
        (("folder:plans", "blocked"), None),
    ],
)
def test_a_child_that_would_widen_is_refused(asked: tuple[str, ...], code: str | None) -> None:
    """An agent passes on what follows from its relation on its object, and neither more nor elsewhere."""
    seen = world(DOCUMENTS, *FIRM)
    parent = granted(seen, "folder:plans", "editor", depth=1)
    with pytest.raises(GrantRefused) as refusal:
        sub_delegate(seen, parent, wish("writer", *asked), id="dlg_2", limits=LIMITS)
    met = [each.code for each in refusal.value.widenings] if isinstance(refusal.value, Widens) else []
    assert met == ([] if code is None else [code])


@pytest.mark.semantics("4")
@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [
        (("folder:plans", "editor"), {"can_view", "can_add_document", "can_edit"}),
        (("folder:plans", "viewer"), {"can_view"}),
        (("document:roadmap", "editor"), {"can_view", "can_edit"}),
        (("document:roadmap", "viewer"), {"can_view"}),
    ],
)
def test_a_child_holds_what_follows_from_its_parent(asked: tuple[str, ...], passed_on: set[str]) -> None:
    """The same relation, a lesser one and one beneath can be passed on, with what they give."""
    seen = world(DOCUMENTS, *FIRM)
    parent = granted(seen, "folder:plans", "editor", depth=1)
    made = sub_delegate(seen, parent, wish("writer", *asked), id="dlg_2", limits=LIMITS).delegation
    assert made.permissions == passed_on


@pytest.mark.semantics("4")
def test_a_child_of_a_narrower_consent_is_as_narrow() -> None:
    """What the user left out of a relation cannot be passed on, by the relation of that name or by another."""
    seen = world(DOCUMENTS, *FIRM)
    parent = granted(seen, "folder:plans", "editor", depth=1, permissions=frozenset({"can_view"}))
    for thing in ("folder:plans", "document:roadmap"):
        made = sub_delegate(seen, parent, wish("writer", thing, "editor"), id="dlg_2", limits=LIMITS).delegation
        assert made.permissions == {"can_view"}
        wider = wish("writer", thing, "editor", permissions=frozenset({"can_view", "can_edit"}))
        with pytest.raises(Widens, match="the permission `can_edit`"):
            sub_delegate(seen, parent, wider, id="dlg_3", limits=LIMITS)


def test_a_relation_that_does_not_follow_is_not_passed_on() -> None:
    """Where what two relations give is the same, the one that is not held is refused all the same."""
    text = f"{REQUESTS}    define auditor: [user]\n    define can_look: reader or auditor\n"
    seen = world(text, "user:anne reader request:1")
    parent = granted(seen, "request:1", "reader", depth=1)
    asked = wish("writer", "request:1", "auditor", "reader", permissions=frozenset({"can_look"}))
    with pytest.raises(Widens, match="`auditor`, which does not follow from what it holds"):
        sub_delegate(seen, parent, asked, id="dlg_2", limits=LIMITS)


def test_a_relation_of_the_same_name_is_not_the_same_relation() -> None:
    """What a relation is called on a thing beneath says nothing: it has to follow from the one that is held."""
    seen = world(SLIPS, "user:anne opener box:a", "box:a box slip:b", delegable=("box", "slip"))
    parent = granted(seen, "box:a", "opener", depth=1)
    with pytest.raises(Widens, match="`opener`, which does not follow from what it holds"):
        sub_delegate(seen, parent, wish("writer", "slip:b", "opener"), id="dlg_2", limits=LIMITS)


def test_what_is_asked_beneath_alone_is_carried_where_all_that_is_held_follows() -> None:
    """From a folder to one in it goes what documents know; from a lesser relation, or to one above, it does not."""
    seen = world(DOCUMENTS, *FIRM, "folder:plans parent folder:drafts")
    bound = of_delegation(granted(seen, "folder:plans", "editor"))
    names = frozenset({"can_view", "can_edit", "can_share"})

    def carried(thing: str, relation: str, within: Bound = bound) -> frozenset[str]:
        held = Holding(parse_object(thing), frozenset({relation}))
        return all_carried(seen, within, held, names, NOW)

    assert carried("folder:drafts", "editor") == carried("folder:plans", "viewer") == {"can_view", "can_edit"}
    assert carried("folder:drafts", "owner") == {"can_view"}
    assert carried("folder:firm", "viewer") == frozenset()
    assert carried("folder:drafts", "editor", Bound(bound.holding, None)) == names
    assert carried("folder:drafts", "editor", Bound(bound.holding, None, until=NOW)) == frozenset()


def test_groups_of_policies_are_those_of_the_model() -> None:
    """A policy's group is an object of the type `group` with members, through groups in groups."""
    seen = world(DOCUMENTS, *FIRM, "group:staff#member member group:everybody")
    assert is_group(seen, "everybody")
    assert in_group(seen, "bob", "everybody")
    assert not in_group(seen, "anne", "everybody")
    assert not is_group(world(REQUESTS), "everybody")


@pytest.mark.semantics("2")
def test_a_condition_without_its_value_is_a_reason_of_its_own() -> None:
    """What cannot be told for want of context is denied as that, and says which value is wanted."""
    seen = world(DOCUMENTS)
    row = {"object": "document:roadmap", "relation": "viewer", "subject": "user:*", "until": None}
    condition = {"condition": "from_network", "context": {"network": "192.0.2.0/24"}}
    seen.organization.tables["relationships"].put({**row, **condition})
    answer = may(seen, "bob", "can_view", Object("document:roadmap"))
    assert getattr(answer, "reason", None) == "context_missing"
    assert getattr(answer, "detail", "").endswith("on `document:roadmap`: condition `from_network` wants `address`")
