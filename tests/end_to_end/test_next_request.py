"""Nothing is remembered between decisions: whatever takes a right away bites on the very next request of any kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, Tenant

pytestmark = [pytest.mark.semantics("5"), pytest.mark.threat("4"), pytest.mark.threat("5"), pytest.mark.threat("P5")]

DESIGN = "workspace:design"
MAKER = "org-maker"


@dataclass
class Scene:
    """Anne edits documents through a group in a group; the planner has a delegation, a token and a receipt of hers."""

    tenant: Tenant
    granted: JSON
    token: str

    def names(self) -> dict[str, str]:
        """Return what the paths of the matrix are filled in with."""
        tenant = self.tenant
        anne, planner, documents = tenant.anne, tenant.planner.id, tenant.documents.id
        return {"o": tenant.id, "anne": anne, "planner": planner, "documents": documents, "dlg": self.granted["id"]}


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """The scene of every cell of the matrix."""
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", DESIGN)
    tenant.role(MAKER, "workspace", "app:edit", "document:edit")
    for group in ("studio", "guild"):
        tenant.must("POST", "/groups", {"id": group})
    tenant.must("PUT", f"/groups/studio/members/user:{tenant.anne}")
    tenant.must("PUT", "/groups/guild/members/group:studio#member")
    tenant.assign("group:guild#member", MAKER, DESIGN)
    granted = tenant.grant(resource=DESIGN, roles=[MAKER], permissions=["document:edit"], unattended=True)
    return Scene(tenant, granted, tenant.token(details=tenant.details(DESIGN, MAKER)))


def issued(answer: httpx2.Response) -> bool:
    """Return whether a token was issued; anything but a token is a proper refusal."""
    assert answer.status_code == 200 or answer.json()["error"].startswith("invalid_"), answer.text
    return answer.status_code == 200


def introspection(scene: Scene) -> bool:
    """Ask about the token by introspection."""
    return bool(scene.tenant.actions(scene.token))


def evaluation(scene: Scene) -> bool:
    """Ask about the token by evaluation."""
    return scene.tenant.may(scene.token, "document:edit", "app:storefront")


def exchange(scene: Scene) -> bool:
    """Ask for a token by anne's user token."""
    return issued(scene.tenant.exchange(details=scene.tenant.details(DESIGN, MAKER)))


def redemption(scene: Scene) -> bool:
    """Ask for a token by the receipt."""
    return issued(scene.tenant.redeem(scene.granted["receipt"], details=scene.tenant.details(DESIGN, MAKER)))


ASKS = [introspection, evaluation, exchange, redemption]

# What an administrator does, and what undoes it, if anything does.
STRIKES: list[tuple[str, str, JSON | None, tuple[str, str, JSON | None] | None]] = [
    (
        "DELETE",
        f"/organizations/{{o}}/assignments?principal=group:guild%23member&role={MAKER}&resource={DESIGN}",
        None,
        (
            "PUT",
            f"/organizations/{{o}}/assignments?principal=group:guild%23member&role={MAKER}&resource={DESIGN}",
            None,
        ),
    ),
    (
        "DELETE",
        "/organizations/{o}/groups/studio/members/user:{anne}",
        None,
        ("PUT", "/organizations/{o}/groups/studio/members/user:{anne}", None),
    ),
    (
        "DELETE",
        "/organizations/{o}/groups/guild/members/group:studio%23member",
        None,
        ("PUT", "/organizations/{o}/groups/guild/members/group:studio%23member", None),
    ),
    ("DELETE", "/organizations/{o}/groups/guild", None, None),
    (
        "PUT",
        f"/organizations/{{o}}/roles/{MAKER}",
        {"type": "workspace", "permissions": ["app:edit"]},
        ("PUT", f"/organizations/{{o}}/roles/{MAKER}", {"type": "workspace", "permissions": ["document:edit"]}),
    ),
    ("DELETE", f"/organizations/{{o}}/roles/{MAKER}", None, None),
    (
        "POST",
        "/organizations/{o}/delegations/{dlg}/suspend",
        None,
        ("POST", "/organizations/{o}/delegations/{dlg}/resume", None),
    ),
    ("DELETE", "/organizations/{o}/delegations/{dlg}", None, None),
    ("PATCH", "/agents/{planner}", {"status": "suspended"}, ("PATCH", "/agents/{planner}", {"status": "active"})),
    ("DELETE", "/agents/{planner}", None, None),
    ("DELETE", "/organizations/{o}/agents/{planner}", None, None),
    (
        "PUT",
        "/organizations/{o}/agents/{planner}",
        {"ceiling": []},
        ("PUT", "/organizations/{o}/agents/{planner}", {"ceiling": "none"}),
    ),
    (
        "PUT",
        "/organizations/{o}/agents/{planner}",
        {"ceiling": [{"resource": "workspace:sales", "roles": ["workspace-admin"]}]},
        (
            "PUT",
            "/organizations/{o}/agents/{planner}",
            {"ceiling": [{"resource": DESIGN, "roles": ["workspace-admin"]}]},
        ),
    ),
    ("PATCH", "/users/{anne}", {"status": "suspended"}, ("PATCH", "/users/{anne}", {"status": "active"})),
    ("DELETE", "/users/{anne}", None, None),
    (
        "PUT",
        "/organizations/{o}/memberships/{anne}",
        {"active": False},
        ("PUT", "/organizations/{o}/memberships/{anne}", {"active": True}),
    ),
    ("DELETE", "/organizations/{o}/memberships/{anne}", None, None),
    (
        "DELETE",
        "/organizations/{o}/services/{documents}",
        None,
        ("PUT", "/organizations/{o}/services/{documents}", None),
    ),
    ("DELETE", f"/organizations/{{o}}/resources/{DESIGN}?cascade=true", None, None),
    ("DELETE", "/organizations/{o}", None, None),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(("method", "path", "body", "undo"), STRIKES)
def test_the_very_next_request_sees_it(
    scene: Scene,
    method: str,
    path: str,
    body: JSON | None,
    undo: tuple[str, str, JSON | None] | None,
    ask: Callable[[Scene], bool],
) -> None:
    """A right works until it is taken away, not once after, and again as soon as that is undone."""
    assert ask(scene)
    scene.tenant.house.must(method, path.format(**scene.names()), body)
    assert not ask(scene)
    if undo is not None:
        scene.tenant.house.must(undo[0], undo[1].format(**scene.names()), undo[2])
    assert ask(scene) is (undo is not None)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("by_hand", ["suspend", "revoke"])
def test_the_very_next_request_sees_what_the_user_does(
    scene: Scene, by_hand: str, ask: Callable[[Scene], bool]
) -> None:
    """What a user suspends is back when resumed, and what a user revokes is gone, for requests of every kind."""
    tenant, granted = scene.tenant, scene.granted["id"]
    assert ask(scene)
    method, verb = {"suspend": ("POST", "/suspend"), "revoke": ("DELETE", "")}[by_hand]
    assert tenant.hand(tenant.anne, method, granted, verb).status_code == 200
    assert not ask(scene)
    tenant.hand(tenant.anne, "POST", granted, "/resume")
    assert ask(scene) is (by_hand == "suspend")


@pytest.mark.parametrize("ask", [introspection, evaluation])
def test_the_very_next_request_sees_what_the_agent_gives_up(scene: Scene, ask: Callable[[Scene], bool]) -> None:
    """A token that its agent has revoked is dead for the next request of every kind."""
    assert ask(scene)
    assert scene.tenant.give_up(scene.token).status_code == 200
    assert not ask(scene)


@pytest.mark.parametrize("ask", ASKS)
def test_the_very_next_request_sees_the_time(scene: Scene, ask: Callable[[Scene], bool]) -> None:
    """In the second in which a delegation ends nothing of it works any longer."""
    scene.tenant.house.clock.advance(timedelta(seconds=1799))
    assert ask(scene) is (ask not in {introspection, evaluation})
    scene.tenant.house.clock.advance(timedelta(seconds=1))
    assert not ask(scene)


@pytest.mark.threat("7")
@pytest.mark.parametrize("ask", ASKS)
def test_the_very_next_request_sees_a_move(scene: Scene, ask: Callable[[Scene], bool]) -> None:
    """A token for a project is worth nothing once the project lies where the user holds nothing, until it is back."""
    tenant = scene.tenant
    tenant.role("org-writer", "project", "document:edit")
    details = tenant.details(APOLLO, "org-writer")
    moved = Scene(tenant, scene.granted, tenant.token(details=details))
    questions: dict[Callable[[Scene], bool], Callable[[], bool]] = {
        exchange: lambda: issued(tenant.exchange(details=details)),
        redemption: lambda: issued(tenant.redeem(scene.granted["receipt"], details=details)),
    }
    question = questions.get(ask, lambda: ask(moved))
    assert question()
    tenant.move(APOLLO, "workspace:sales")
    assert not question()
    tenant.move(APOLLO, DESIGN)
    assert question()


@pytest.mark.threat("S6")
def test_a_suspended_service_gets_no_answer(scene: Scene) -> None:
    """A service that is suspended is not let in, and nothing is issued for it, until it is back."""
    tenant, service = scene.tenant, scene.tenant.documents
    tenant.house.must("PATCH", f"/services/{service.id}", {"status": "suspended"})
    told = tenant.house.http.post("/introspect", data={"token": scene.token}, auth=(service.id, service.secret))
    issued = exchange(scene)
    tenant.house.must("PATCH", f"/services/{service.id}", {"status": "active"})
    assert (told.status_code, told.json()["error"], issued) == (401, "invalid_client", False)
    assert introspection(scene)
