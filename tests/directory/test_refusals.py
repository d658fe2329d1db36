"""Commands that are refused: each with its status and code, in one sentence, and nothing half done."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.clock import Clock
from tests.directory.life import DELEGATION, first_part
from tests.directory.log import claims, heads
from tests.directory.routes import asked
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.sites import Sites

ACME = {"organization": "acme"}
NOWHERE = {"organization": "nowhere"}
A_KEY = {"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}]}
BOUND = {"resource": "project:zeus", "roles": ["project-viewer"]}
IDP = "https://idp.example"

NOT_THERE = (404, "not_found")
CLASHES = (409, "conflict")
IMPOSSIBLE = (422, "invalid")
MALFORMED = (400, "malformed")

REFUSED: list[tuple[tuple[int, str], str, dict[str, Any]]] = [
    (CLASHES, "create-organization", {"id": "acme"}),
    (MALFORMED, "create-organization", {"id": "a:b"}),
    (MALFORMED, "create-organization", {"id": ""}),
    (NOT_THERE, "delete-organization", NOWHERE),
    (CLASHES, "create-user", {"id": "anne"}),
    (CLASHES, "create-user", {"id": "planner"}),
    (CLASHES, "create-user", {"id": "documents"}),
    (MALFORMED, "create-user", {"id": "x", "name": "n" * 201}),
    (MALFORMED, "create-user", {"id": "x", "administrator": True}),
    (NOT_THERE, "set-user-status", {"user": "nobody", "status": "suspended"}),
    (MALFORMED, "set-user-status", {"user": "anne", "status": "king"}),
    (NOT_THERE, "put-membership", {**ACME, "user": "nobody"}),
    (NOT_THERE, "put-membership", {**NOWHERE, "user": "anne"}),
    (MALFORMED, "put-membership", {**ACME, "user": "anne", "active": "yes"}),
    (NOT_THERE, "remove-membership", {**ACME, "user": "nobody"}),
    (CLASHES, "create-group", {**ACME, "id": "eng"}),
    (NOT_THERE, "delete-group", {**ACME, "id": "none"}),
    (NOT_THERE, "add-group-member", {**ACME, "group": "none", "member": "user:anne"}),
    (NOT_THERE, "add-group-member", {**ACME, "group": "eng", "member": "user:nobody"}),
    (NOT_THERE, "add-group-member", {**ACME, "group": "eng", "member": "group:none#member"}),
    (IMPOSSIBLE, "add-group-member", {**ACME, "group": "eng", "member": "group:leads"}),
    (IMPOSSIBLE, "add-group-member", {**ACME, "group": "eng", "member": "project:zeus"}),
    (IMPOSSIBLE, "add-group-member", {**ACME, "group": "eng", "member": "user:*"}),
    (IMPOSSIBLE, "add-group-member", {**ACME, "group": "eng", "member": "group:eng#member"}),
    (NOT_THERE, "remove-group-member", {**ACME, "group": "eng", "member": "user:bob"}),
    (NOT_THERE, "remove-group-member", {**ACME, "group": "none", "member": "user:anne"}),
    (IMPOSSIBLE, "put-resource-type", {"slug": "organization", "parents": ["workspace"]}),
    (IMPOSSIBLE, "put-resource-type", {"slug": "shelf", "parents": ["nothing"]}),
    (IMPOSSIBLE, "put-resource-type", {"slug": "workspace", "parents": ["project"]}),
    (IMPOSSIBLE, "put-resource-type", {"slug": "user", "parents": ["organization"]}),
    (MALFORMED, "put-resource-type", {"slug": "Big", "parents": ["organization"]}),
    (IMPOSSIBLE, "put-permission", {"slug": "nothing:view", "type": "nothing"}),
    (CLASHES, "put-permission", {"slug": "app:view", "type": "project"}),
    (IMPOSSIBLE, "put-role", {"slug": "odd", "type": "project", "permissions": ["workspace:view"]}),
    (IMPOSSIBLE, "put-role", {"slug": "odd", "type": "project", "permissions": ["nothing:view"]}),
    (IMPOSSIBLE, "put-role", {"slug": "odd", "type": "nothing", "permissions": []}),
    (CLASHES, "put-role", {"slug": "org-mine", "type": "project", "permissions": []}),
    (CLASHES, "put-role", {"slug": "app-viewer", "type": "project", "permissions": []}),
    (NOT_THERE, "delete-role", {"slug": "none"}),
    (NOT_THERE, "delete-role", {"slug": "org-writer"}),
    (MALFORMED, "put-organization-role", {**ACME, "slug": "mine", "type": "project", "permissions": []}),
    (IMPOSSIBLE, "put-organization-role", {**ACME, "slug": "org-x", "type": "app", "permissions": ["project:view"]}),
    (CLASHES, "put-organization-role", {**ACME, "slug": "org-writer", "type": "app", "permissions": []}),
    (NOT_THERE, "delete-organization-role", {**ACME, "slug": "app-viewer"}),
    (CLASHES, "create-resource", {**ACME, "resource": "project:zeus", "parent": "workspace:design"}),
    (NOT_THERE, "create-resource", {**ACME, "resource": "project:new", "parent": "workspace:none"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "project:new"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "project:new", "parent": "project:zeus"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "user:new"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "group:new"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "organization:new"}),
    (IMPOSSIBLE, "create-resource", {**ACME, "resource": "nothing:new"}),
    (MALFORMED, "create-resource", {**ACME, "resource": "workspace:a#b"}),
    (NOT_THERE, "move-resource", {**ACME, "resource": "project:none", "parent": "workspace:design"}),
    (NOT_THERE, "move-resource", {**ACME, "resource": "project:zeus", "parent": "workspace:none"}),
    (IMPOSSIBLE, "move-resource", {**ACME, "resource": "project:zeus", "parent": "project:apollo"}),
    (IMPOSSIBLE, "move-resource", {**ACME, "resource": "project:zeus", "parent": "project:zeus"}),
    (IMPOSSIBLE, "move-resource", {**ACME, "resource": "workspace:design", "parent": "project:zeus"}),
    (IMPOSSIBLE, "move-resource", {**ACME, "resource": "organization:acme", "parent": "workspace:design"}),
    (NOT_THERE, "delete-resource", {**ACME, "resource": "project:none"}),
    (CLASHES, "delete-resource", {**ACME, "resource": "workspace:design"}),
    (CLASHES, "delete-resource", {**ACME, "resource": "project:zeus"}),
    (CLASHES, "delete-resource", {**ACME, "resource": "organization:acme", "cascade": True}),
    (NOT_THERE, "assign", {**ACME, "principal": "user:nobody", "role": "app-viewer", "resource": "app:x"}),
    (NOT_THERE, "assign", {**ACME, "principal": "user:anne", "role": "none", "resource": "project:zeus"}),
    (NOT_THERE, "assign", {**ACME, "principal": "user:anne", "role": "project-viewer", "resource": "project:none"}),
    (
        NOT_THERE,
        "assign",
        {**ACME, "principal": "agent:stranger", "role": "project-viewer", "resource": "project:zeus"},
    ),
    (
        NOT_THERE,
        "assign",
        {**ACME, "principal": "service:documents", "role": "project-viewer", "resource": "project:zeus"},
    ),
    (NOT_THERE, "assign", {**ACME, "principal": "group:eng", "role": "project-viewer", "resource": "project:zeus"}),
    (NOT_THERE, "assign", {**ACME, "principal": "user:*", "role": "project-viewer", "resource": "project:zeus"}),
    (
        IMPOSSIBLE,
        "assign",
        {**ACME, "principal": "user:anne", "role": "project-viewer", "resource": "workspace:design"},
    ),
    (NOT_THERE, "unassign", {**ACME, "principal": "user:bob", "role": "project-viewer", "resource": "project:zeus"}),
    (CLASHES, "register-agent", {"id": "planner", "secret": True}),
    (CLASHES, "register-agent", {"id": "anne", "secret": True}),
    (MALFORMED, "register-agent", {"id": "new"}),
    (MALFORMED, "register-agent", {"id": "new", "secret": True, "jwks": A_KEY}),
    (MALFORMED, "register-agent", {"id": "new", "secret": "too short"}),
    (MALFORMED, "register-agent", {"id": "new", "jwks": A_KEY}),
    (NOT_THERE, "set-agent-status", {"id": "none", "status": "suspended"}),
    (NOT_THERE, "admit-agent", {**ACME, "agent": "none", "ceiling": "none"}),
    (MALFORMED, "admit-agent", {**ACME, "agent": "planner"}),
    (NOT_THERE, "admit-agent", {**ACME, "agent": "planner", "ceiling": [{**BOUND, "resource": "project:none"}]}),
    (CLASHES, "admit-agent", {**ACME, "agent": "planner", "ceiling": [{**BOUND, "roles": ["app-viewer"]}]}),
    (MALFORMED, "admit-agent", {**ACME, "agent": "planner", "ceiling": [{**BOUND, "roles": []}]}),
    (NOT_THERE, "dismiss-agent", {**ACME, "agent": "stranger"}),
    (CLASHES, "register-service", {"id": "documents", "audience": "https://other.example"}),
    (CLASHES, "register-service", {"id": "other", "audience": "https://documents.example"}),
    (CLASHES, "register-service", {"id": "anne", "audience": "https://other.example"}),
    (MALFORMED, "register-service", {"id": "other", "audience": "no-uri"}),
    (NOT_THERE, "set-service-status", {"id": "none", "status": "suspended"}),
    (NOT_THERE, "admit-service", {**ACME, "service": "none"}),
    (NOT_THERE, "dismiss-service", {**ACME, "service": "other"}),
    (CLASHES, "put-identity-provider", {"id": "second", "issuer": IDP, "jwks_uri": "https://idp.example/keys"}),
    (
        CLASHES,
        "put-identity-provider",
        {"id": "idp", "issuer": "https://x.example", "jwks_uri": "https://idp.example/k"},
    ),
    (MALFORMED, "put-identity-provider", {"id": "second", "issuer": "https://x.example"}),
    (
        MALFORMED,
        "put-identity-provider",
        {"id": "second", "issuer": "https://x.example", "jwks_uri": "http://x.example"},
    ),
    (
        NOT_THERE,
        "put-identity-provider",
        {"id": "second", "issuer": "https://x.example", "jwks_uri": "https://x.example/k", **NOWHERE},
    ),
    (NOT_THERE, "remove-identity-provider", {"id": "none"}),
    (CLASHES, "link-identity", {"user": "anne", "issuer": IDP, "subject": "a-1"}),
    (CLASHES, "link-identity", {"user": "bob", "issuer": IDP, "subject": "a-1"}),
    (NOT_THERE, "link-identity", {"user": "nobody", "issuer": IDP, "subject": "a-2"}),
    (NOT_THERE, "link-identity", {"user": "bob", "issuer": "https://x.example", "subject": "a-2"}),
    (NOT_THERE, "appoint-administrator", {"user": "nobody"}),
    (NOT_THERE, "dismiss-administrator", {"user": "bob"}),
    (NOT_THERE, "revoke-delegation", {**ACME, "id": "dlg_none"}),
    (NOT_THERE, "suspend-delegation", {**ACME, "id": "dlg_none"}),
    (CLASHES, "suspend-delegation", {**ACME, "id": DELEGATION}),
    (NOT_THERE, "resume-delegation", {**ACME, "id": "dlg_none"}),
    (CLASHES, "resume-delegation", {**ACME, "id": DELEGATION}),
]


@pytest.fixture(scope="module")
def revoked() -> dict[str, str]:
    """The id of a delegation that was revoked."""
    return {}


@pytest.fixture(scope="module")
def house(sites: Sites, revoked: dict[str, str]) -> Iterator[Deployment]:
    """A deployment with one organization in full life, an agent that it does not know, a revoked delegation."""
    with sites() as site, site.running(Clock()) as house:
        for step in first_part():
            request = asked(step.command, step.fields)
            house.must(request.method, request.path, request.body)
        house.must("POST", "/agents", {"id": "stranger", "secret": True})
        revoked["id"] = house.grant("anne", "planner", "project:apollo", "project-editor")["id"]
        house.must("DELETE", f"/organizations/acme/delegations/{revoked['id']}")
        yield house


def assert_problem(answer: httpx2.Response, expected: tuple[int, str]) -> None:
    """Fail unless the answer is a problem document with this status and code, and one line that says what to do."""
    assert (answer.status_code, answer.json().get("code")) == expected, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("expected", "command", "fields"),
    REFUSED,
    ids=[f"{n}-{command}-{status}" for n, ((status, _), command, _) in enumerate(REFUSED)],
)
def test_a_refused_command_changes_nothing(
    house: Deployment, revoked: dict[str, str], expected: tuple[int, str], command: str, fields: dict[str, Any]
) -> None:
    """A refusal has its status and code; no revision has moved and no name was given."""
    before = heads(house), claims(house)
    request = asked(command, {**fields, **(revoked if fields.get("id") == DELEGATION else {})})
    answer = house.manage(request.method, request.path, request.body)
    assert_problem(answer, expected)
    assert (heads(house), claims(house)) == before


@pytest.mark.parametrize(
    "command", sorted({command for _, command, fields in REFUSED if fields.get("organization") == "acme"})
)
def test_no_command_finds_an_organization_that_does_not_exist(house: Deployment, command: str) -> None:
    """Whatever is asked of an organization that there is not is refused like anything unknown."""
    fields = next(dict(fields) for expected, name, fields in REFUSED if name == command and expected != MALFORMED)
    request = asked(command, {**fields, **NOWHERE})
    assert_problem(house.manage(request.method, request.path, request.body), NOT_THERE)
