"""A request to any route of the table, right in its form, about things that are named here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx2
from pydantic import BaseModel

from delegation.web.describing import Caller, Described
from tests.end_to_end.deployment import ACCESS_TOKEN, ADMINISTRATOR, DOCUMENTS, EXCHANGE
from tests.rfc.stage import FORM, Stage, basic

_FIXED: Final[Mapping[str, Any]] = {
    "status": "active",
    "type": "project",
    "parents": ["project"],
    "permissions": ["project:view"],
    "ceiling": "none",
    "audience": "https://new.example/of/nobody",
    "secret": True,
    "issuer": "https://of.nobody.example",
    "jwks_uri": "https://of.nobody.example/keys",
    "subject": "nobody",
    "expires_in": 60,
    "lifetime": 60,
    "purpose": "",
    "text": "model\n  schema 1.1\ntype user\ntype note\n  relations\n    define editor: [user]\n",
}
"""Values of members that name nothing of an organization."""
_OR_ELSE: Final[Mapping[str, tuple[str, ...]]] = {
    "/delegations": ("expires_in",),
    "/affected": ("user",),
    "/organizations/{organization}/affected": ("user",),
    "/delegations/preview": ("expires_in",),
    "/delegations/{id}/children": ("expires_in",),
    "/organizations/{organization}/delegation-policies/{id}": ("author",),
    "/organizations/{organization}/relationships": ("subject", "deletes"),
    "/agents": ("secret",),
    "/resource-types/{slug}": ("parents",),
    "/agents/{id}/credentials": ("secret",),
    "/identity-providers/{id}": ("jwks_uri",),
}
"""Members and parameters of which a route wants one, though none by itself."""


@dataclass(frozen=True)
class Names:
    """What a request is about."""

    organization: str
    delegation: str
    user: str
    group: str
    resource: str
    role: str
    agent: str
    service: str
    token: str = field(repr=False)
    """An access token."""
    presented: str = field(repr=False)
    """What is presented at the token endpoint: of whoever asks, as everything here can be named, not had."""

    def unknown(self) -> "Names":
        """Return names of the same length that are nobody's; agents and services are known to every organization."""
        known = ("agent", "service", "presented")
        changed = {name: value if name in known else _other(value) for name, value in vars(self).items()}
        return Names(**changed)

    def hidden(self, text: str) -> str:
        """Return a text in which each of these names is replaced by what it is a name of."""
        for name, value in sorted(vars(self).items(), key=lambda one: -len(one[1])):
            text = text.replace(value, f"<{name}>")
        return text

    def values(self) -> dict[str, Any]:
        """Return what stands for a parameter or a member of that name."""
        return {
            **vars(self),
            **_FIXED,
            "id": self.delegation,
            "slug": self.role,
            "author": self.user,
            "path": "",
            "member": f"user:{self.user}",
            "parent": self.resource,
            "principal": f"user:{self.user}",
            "roles": ["project-editor"],
            "role": "project-editor",
        }


def _other(name: str) -> str:
    """Return a name that differs in its last letter but one: of a token that is part of the signature."""
    return f"{name[:-2]}{'x' if name[-2] != 'x' else 'y'}{name[-1]}"


def things_of(stage: Stage) -> Names:
    """Return names of what a stage has, some of it made for this, and olga who administers it."""
    tenant = stage.tenant
    olga = tenant.join("olga")
    tenant.assign(f"user:{olga}", "organization-admin", f"organization:{tenant.id}")
    group, resource, role = tenant.own("painters"), f"project:{tenant.own('villa')}", f"org-painter-{tenant.id}"
    tenant.must("POST", "/groups", {"id": group})
    tenant.resource(resource, "workspace:design")
    tenant.role(role, "project", "project:view")
    return Names(
        organization=tenant.id,
        delegation=str(stage.granted["id"]),
        user=tenant.anne,
        group=group,
        resource=resource,
        role=role,
        agent=stage.planner.id,
        service=stage.billing.id,
        token=stage.token(),
        presented=stage.user_token(),
    )


def credential(stage: Stage, caller: Caller) -> dict[str, str]:
    """Return the headers by which somebody of a stage is who may ask."""
    match caller:
        case Caller.PERSON | Caller.PERSON_OR_AGENT:
            return {"Authorization": f"Bearer {stage.login.by_hand(stage.tenant.anne)}"}
        case Caller.ADMINISTRATOR:
            return {"Authorization": f"Bearer {stage.login.to_manage(stage.tenant.own('olga'))}"}
        case Caller.AGENT | Caller.AGENT_BY_JSON:
            return {"Authorization": basic(stage.planner.id, stage.planner.secret or "")}
        case Caller.SERVICE:
            return {"Authorization": basic(stage.billing.id, stage.billing.secret)}
        case Caller.ANYBODY:
            return {}


BOOTSTRAP: Final = {"Authorization": f"Bearer {ADMINISTRATOR}"}


def ask(
    http: httpx2.Client, route: Described, about: Names, headers: Mapping[str, str], **changed: object
) -> httpx2.Response:
    """Send the request of a route about some things; `changed` replaces what is said of one or the other."""
    method, where, content, type_ = written(route, about, **changed)
    return http.request(method, where, content=content, headers={**type_, **headers})


def written(route: Described, about: Names, **changed: object) -> tuple[str, str, str | None, dict[str, str]]:
    """Return method, address, body and the header of its type of the request of a route about some things."""
    values = {**_named(route, about), **changed}
    path = route.path
    for name in route.param_convertors:
        path = path.replace(f"{{{name}:path}}", quote(values[name], safe=":")).replace(f"{{{name}}}", values[name])
    besides = _OR_ELSE.get(route.path, ())
    query = {one.name: _text(values[one.name]) for one in route.operation.query if one.required or one.name in besides}
    body, type_ = _body(route, values)
    where = f"{path}?{urlencode(query)}" if query else path
    return route.method, where, body, type_


def _named(route: Described, about: Names) -> dict[str, Any]:
    values = about.values()
    if "/groups" in route.path:
        values["id"] = about.group
    if route.path.endswith("/relationships"):
        values["subject"] = f"user:{about.user}"
        values["deletes"] = [{"object": about.resource, "relation": "editor", "subject": values["subject"]}]
    if "/delegation-policies/" in route.path:
        values["id"] = f"policy-of-{about.user}"
    for kind, name in (("/agents/", about.agent), ("/services/", about.service), ("/identity-providers/", "login")):
        if route.path.startswith(kind):
            values["id"] = name
    if route.method == "POST" and route.path.count("/") == 1:
        values["id"] = f"{about.organization}-new"
    return values


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _body(route: Described, values: Mapping[str, Any]) -> tuple[str | None, dict[str, str]]:
    if route.operation.form is not None:
        return urlencode(_form(route, values)), {"Content-Type": FORM}
    form = route.operation.body
    if form is None:
        return None, {}
    schema = form.model_json_schema() if isinstance(form, type) and issubclass(form, BaseModel) else form
    if route.path.startswith("/access/"):
        body = _question(values)
    else:
        names = (
            *schema.get("required", ()),
            *(one for one in _OR_ELSE.get(route.path, ()) if one in schema["properties"]),
        )
        assert set(names) <= values.keys(), f"say in this file what stands for {set(names) - values.keys()}"
        body = {name: values[name] for name in names}
    return json.dumps(body), {"Content-Type": "application/json"}


def _form(route: Described, values: Mapping[str, Any]) -> dict[str, str]:
    if route.path != "/token":
        return {"token": values["token"]}
    entry = {"type": "resource_role", "delegation_id": values["delegation"], "organization": values["organization"]}
    return {
        "grant_type": EXCHANGE,
        "subject_token": values["presented"],
        "subject_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "authorization_details": json.dumps(
            [{**entry, "identifier": values["resource"], "privileges": values["roles"]}]
        ),
    }


def _question(values: Mapping[str, Any]) -> dict[str, Any]:
    type_, _, id_ = values["resource"].partition(":")
    organization = {"organization": values["organization"]}
    return {
        "subject": {"type": "token", "id": values["token"]},
        "action": {"name": "project:view"},
        "resource": {"type": type_, "id": id_, "properties": organization},
    }
