"""How services ask: AuthZEN requests about one stage, and what is read from the answers."""

from typing import Any

import httpx2

from tests.end_to_end.deployment import JSON, Service
from tests.rfc.stage import Stage, basic


def post(stage: Stage, path: str, body: JSON, by: Service | None = None, **headers: str) -> httpx2.Response:
    """Ask as a service, the documents service when not told."""
    caller = by or stage.documents
    given = {"Authorization": basic(caller.id, caller.secret), **headers}
    return stage.http.post(f"/access/v1/{path}", json=body, headers=given)


def ok(answer: httpx2.Response) -> JSON:
    """Return an answer that has to be one."""
    assert answer.status_code == 200, answer.text
    document: JSON = answer.json()
    return document


def user(name: str) -> JSON:
    """Return a user as a subject."""
    return {"type": "user", "id": name}


def bearer(token: str) -> JSON:
    """Return a token as a subject."""
    return {"type": "token", "id": token}


def app(stage: Stage, name: str = "storefront") -> JSON:
    """Return an app of the stage's organization as a resource."""
    return thing(stage, f"app:{name}")


def thing(stage: Stage, reference: str) -> JSON:
    """Return a resource of the stage's organization, or a type of resources where there is no id."""
    type_, _, id_ = reference.partition(":")
    named = {"type": type_, "id": id_} if id_ else {"type": type_}
    return {**named, "properties": {"organization": stage.tenant.id}}


def action(name: str = "document:edit") -> JSON:
    """Return an action."""
    return {"name": name}


def decisions(answer: JSON) -> list[bool]:
    """Return the decisions of a batch."""
    return [item["decision"] for item in answer["evaluations"]]


def searched(stage: Stage, kind: str, body: JSON, by: Service | None = None) -> list[Any]:
    """Return all results of a search, page after page."""
    results: list[Any] = []
    token = ""
    while True:
        page = {**body.get("page", {}), "token": token}
        found = ok(post(stage, f"search/{kind}", {**body, "page": page}, by))
        results += found["results"]
        token = found["page"]["next_token"]
        if not token:
            return results


def allowed(stage: Stage, subject: JSON, permission: str, resource: str, by: Service | None = None) -> bool:
    """Return what a single question answers."""
    body = {"subject": subject, "action": action(permission), "resource": thing(stage, resource)}
    return bool(ok(post(stage, "evaluation", body, by))["decision"])
