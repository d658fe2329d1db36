"""Models of a deployment's own: what wants more besides, administrators by relation, and a model that changes."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.end_to_end.deployment import JSON, Deployment
from tests.end_to_end.relationship_tenant import Firm, fact
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service

NOTE = "note:plan"
MODEL = """model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type organization
  relations
    define chief: [user]
    define can_administer: chief
type note
  relations
    define editor: [user, group#member]
    define approver: [user]
    define can_edit: editor
    define can_publish: editor and approver
"""
WITHOUT_APPROVAL = MODEL.replace("    define approver: [user]\n", "").replace(" and approver", "")


@pytest.fixture
def house(sites: Sites, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment that was started from the model above."""
    file = tmp_path / "notes.fga"
    file.write_text(MODEL, encoding="utf-8")
    with sites() as site, site.running(Clock(), policy=str(file)) as house:
        yield house


@pytest.fixture
def another(house: Deployment) -> Callable[[], Firm]:
    """A way to found one more organization, in which anne edits and approves the plan."""
    service, serial = documents_service(house), count()

    def founded() -> Firm:
        name = f"n{next(serial)}"
        house.must("POST", "/organizations", {"id": name})
        house.must("PUT", f"/organizations/{name}/services/{service.id}")
        firm = Firm(house, name, service, house.agent(f"planner.{name}", organization=name))
        for person in ("anne", "tess"):
            house.user(firm.own(person), name)
        firm.put(*(fact(firm.user("anne"), relation, NOTE) for relation in ("editor", "approver")))
        return firm

    return founded


@pytest.fixture
def firm(another: Callable[[], Firm]) -> Firm:
    """An organization."""
    return another()


def changed(house: Deployment, text: str) -> JSON:
    """Put another model in the place of the one that counts."""
    return house.must("PUT", "/relationship-model", {"text": text})


@pytest.mark.semantics("3", "4")
def test_what_gives_nothing_by_itself_is_refused_and_what_is_missing_is_named(firm: Firm) -> None:
    """Where a permission wants two relations, one alone is refused, two are delegated, and one never stands for two."""
    refused = firm.ask("anne", NOTE, "approver").json()
    assert refused["code"] == "gives_nothing"
    assert "`can_publish` wants `editor` besides" in refused["detail"]
    firm.grant("anne", NOTE, "editor")
    alone = firm.token("anne", NOTE, "editor")
    assert (firm.may(alone, "can_edit", NOTE), firm.may(alone, "can_publish", NOTE)) == (True, False)
    firm.grant("anne", NOTE, "editor", roles=["approver", "editor"])
    entry = {"type": "resource_role", "identifier": NOTE, "privileges": ["approver", "editor"]}
    token = firm.house.user_token(firm.own("anne"))
    answer = firm.house.exchange(firm.planner, token, details=[{**entry, "organization": firm.id}])
    assert answer.status_code == 200, answer.text
    assert firm.may(answer.json()["access_token"], "can_publish", NOTE)


@pytest.mark.threat("17")
def test_administrators_of_an_organization_are_those_the_model_names(another: Callable[[], Firm]) -> None:
    """Whoever `can_administer` an organization administers it alone, writes no relationships, and lends none of it."""
    ours, theirs = another(), another()
    ours.put(fact(ours.user("tess"), "chief", f"organization:{ours.id}"))
    house = ours.house
    token = house.user_token(ours.own("tess"), audience=f"{house.issuer}/management")

    def asked(method: str, path: str, body: JSON | None = None) -> int:
        return house.manage(method, path, body, bearer=token).status_code

    assert asked("GET", f"/organizations/{ours.id}") == 200
    assert asked("PUT", f"/organizations/{ours.id}/memberships/{ours.own('anne')}") == 200
    assert asked("GET", f"/organizations/{theirs.id}") == 404
    own = fact(ours.user("tess"), "editor", NOTE)
    assert asked("POST", f"/organizations/{ours.id}/relationships", {"writes": [own]}) == 403
    assert asked("PUT", "/relationship-model", {"text": WITHOUT_APPROVAL}) == 403
    assert not ours.person_may("tess", "can_edit", NOTE)
    refused = ours.ask("tess", f"organization:{ours.id}", "chief")
    assert (refused.status_code, refused.json()["code"]) == (422, "gives_nothing")


@pytest.mark.semantics("4")
def test_a_policy_lets_an_agent_act_for_the_members_of_a_group(firm: Firm) -> None:
    """The group is the model's, with groups in it; who leaves it is acted for no longer."""
    member = fact(firm.user("tess"), "member", "group:team")
    staff = [fact("group:team#member", "member", "group:staff"), fact("group:staff#member", "editor", NOTE)]
    firm.put(member, *staff)
    policy: JSON = {"group": "staff", "agent": firm.planner.id, "resource": NOTE, "roles": ["editor"]}
    policy |= {"permissions": ["can_edit"], "lifetime": 600, "author": firm.own("anne")}
    made = firm.manage("PUT", "/delegation-policies/editors", policy)
    assert made.status_code == 200, made.text
    token = firm.token("tess", NOTE, "editor")
    assert firm.may(token, "can_edit", NOTE)
    firm.take(member)
    firm.put(fact(firm.user("tess"), "editor", NOTE))
    assert firm.person_may("tess", "can_edit", NOTE)
    assert not firm.may(token, "can_edit", NOTE)


@pytest.mark.threat("42")
def test_what_a_new_model_does_not_know_counts_for_nothing(firm: Firm) -> None:
    """Relationships of a relation that is gone are shown as stale, and delegations that hold it have ended for ever."""
    approval = fact(firm.user("anne"), "approver", NOTE)
    held = firm.ask("anne", NOTE, "editor", roles=["approver", "editor"]).json()
    told = changed(firm.house, WITHOUT_APPROVAL)
    assert told["permissions"] == ["can_edit", "can_publish"]
    shown = firm.manage("GET", "/relationships?stale=true").json()["relationships"]
    assert shown == [{**approval, "stale": True}]
    listed = firm.manage("GET", "/delegations").json()["delegations"]
    assert [one["status"] for one in listed if one["id"] == held["id"]] == ["revoked"]
    assert firm.write(approval).status_code == 422
    again = firm.house.manage("PUT", "/relationship-model", {"text": MODEL})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    firm.take(approval)
    assert firm.person_may("anne", "can_publish", NOTE)


@pytest.mark.threat("42")
def test_a_change_of_the_model_bites_at_the_next_request(firm: Firm) -> None:
    """What a model no longer gives is lost at once, by tokens that were issued before too."""
    firm.grant("anne", NOTE, "editor")
    token = firm.token("anne", NOTE, "editor")
    assert firm.may(token, "can_edit", NOTE)
    changed(firm.house, MODEL.replace("can_edit: editor", "can_edit: approver"))
    assert not firm.may(token, "can_edit", NOTE)
    assert firm.actions(token) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model\n  schema 1.1\ntype note\n  relations\n    define reader: [note]\n", "user"),
        ("model\n  schema 1.1\ntype user\n", "delegable"),
        ("model\n  schema 1.1\ntype user\ntype note\n  relations\n    define Reader: [user]\n", "Reader"),
        ("model\n  schema 1.1\ntype user\ntype note\n  relations\n    define reader: [stranger]\n", "stranger"),
        ("nonsense", "line 1"),
    ],
)
def test_a_model_that_cannot_serve_is_refused(house: Deployment, text: str, told: str) -> None:
    """A model without people, without anything to delegate, or that means nothing, changes nothing."""
    before = house.must("GET", "/relationship-model")
    answer = house.manage("PUT", "/relationship-model", {"text": text})
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert house.must("GET", "/relationship-model") == before
