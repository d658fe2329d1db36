"""How each command is asked for over HTTP: the table that administrators' programs rely on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final
from urllib.parse import quote, urlencode

ORGANIZATION: Final = "/organizations/{organization}"
IN_QUERY: Final = frozenset({"assign", "unassign", "delete-relationships"})

ROUTES: Final[Mapping[str, tuple[str, str]]] = {
    "create-organization": ("POST", "/organizations"),
    "delete-organization": ("DELETE", ORGANIZATION),
    "create-user": ("POST", "/users"),
    "set-user-status": ("PATCH", "/users/{user}"),
    "put-membership": ("PUT", f"{ORGANIZATION}/memberships/{{user}}"),
    "remove-membership": ("DELETE", f"{ORGANIZATION}/memberships/{{user}}"),
    "create-group": ("POST", f"{ORGANIZATION}/groups"),
    "delete-group": ("DELETE", f"{ORGANIZATION}/groups/{{id}}"),
    "add-group-member": ("PUT", f"{ORGANIZATION}/groups/{{group}}/members/{{member}}"),
    "remove-group-member": ("DELETE", f"{ORGANIZATION}/groups/{{group}}/members/{{member}}"),
    "put-resource-type": ("PUT", "/resource-types/{slug}"),
    "put-permission": ("PUT", "/permissions/{slug}"),
    "put-role": ("PUT", "/roles/{slug}"),
    "delete-role": ("DELETE", "/roles/{slug}"),
    "put-organization-role": ("PUT", f"{ORGANIZATION}/roles/{{slug}}"),
    "delete-organization-role": ("DELETE", f"{ORGANIZATION}/roles/{{slug}}"),
    "create-resource": ("POST", f"{ORGANIZATION}/resources"),
    "move-resource": ("PATCH", f"{ORGANIZATION}/resources/{{resource}}"),
    "delete-resource": ("DELETE", f"{ORGANIZATION}/resources/{{resource}}"),
    "assign": ("PUT", f"{ORGANIZATION}/assignments"),
    "unassign": ("DELETE", f"{ORGANIZATION}/assignments"),
    "put-relationship-model": ("PUT", "/relationship-model"),
    "write-relationships": ("POST", f"{ORGANIZATION}/relationships"),
    "delete-relationships": ("DELETE", f"{ORGANIZATION}/relationships"),
    "register-agent": ("POST", "/agents"),
    "create-agent-credentials": ("POST", "/agents/{id}/credentials"),
    "set-agent-status": ("PATCH", "/agents/{id}"),
    "admit-agent": ("PUT", f"{ORGANIZATION}/agents/{{agent}}"),
    "dismiss-agent": ("DELETE", f"{ORGANIZATION}/agents/{{agent}}"),
    "suspend-admission": ("POST", f"{ORGANIZATION}/agents/{{agent}}/suspend"),
    "resume-admission": ("POST", f"{ORGANIZATION}/agents/{{agent}}/resume"),
    "register-service": ("POST", "/services"),
    "create-service-secret": ("POST", "/services/{id}/secrets"),
    "set-service-status": ("PATCH", "/services/{id}"),
    "admit-service": ("PUT", f"{ORGANIZATION}/services/{{service}}"),
    "dismiss-service": ("DELETE", f"{ORGANIZATION}/services/{{service}}"),
    "put-identity-provider": ("PUT", "/identity-providers/{id}"),
    "remove-identity-provider": ("DELETE", "/identity-providers/{id}"),
    "link-identity": ("POST", "/users/{user}/identities"),
    "appoint-administrator": ("PUT", "/administrators/{user}"),
    "dismiss-administrator": ("DELETE", "/administrators/{user}"),
    "put-delegation-policy": ("PUT", f"{ORGANIZATION}/delegation-policies/{{id}}"),
    "suspend-delegation-policy": ("POST", f"{ORGANIZATION}/delegation-policies/{{id}}/suspend"),
    "resume-delegation-policy": ("POST", f"{ORGANIZATION}/delegation-policies/{{id}}/resume"),
    "end-delegation-policy": ("DELETE", f"{ORGANIZATION}/delegation-policies/{{id}}"),
    "revoke-delegation": ("DELETE", f"{ORGANIZATION}/delegations/{{id}}"),
    "suspend-delegation": ("POST", f"{ORGANIZATION}/delegations/{{id}}/suspend"),
    "resume-delegation": ("POST", f"{ORGANIZATION}/delegations/{{id}}/resume"),
}
DELETIONS: Final = ("/users/{user}", "/agents/{id}", "/services/{id}")
"""Further routes: `DELETE` sets the status `deleted`."""
READINGS: Final = (
    ORGANIZATION,
    f"{ORGANIZATION}/delegations",
    f"{ORGANIZATION}/delegation-policies",
    f"{ORGANIZATION}/relationships",
    "/relationship-model",
)
BY_RELATIONSHIPS: Final = frozenset({"put-relationship-model", "write-relationships", "delete-relationships"})
"""Commands for deployments whose model is one of relationships; who may give them administers the platform."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command as it goes over the wire."""

    method: str
    path: str
    body: dict[str, Any] | None


def asked(command: str, fields: Mapping[str, Any]) -> Asked:
    """Return the request that gives a command: what the path does not hold goes into the body, or into the query."""
    method, template = ROUTES[command]
    named = {name for _, name, _, _ in Formatter().parse(template) if name}
    path = template.format_map({name: quote(str(fields[name]), safe=":") for name in named})
    rest = {name: value for name, value in fields.items() if name not in named}
    if command in IN_QUERY:
        return Asked(method, f"{path}?{urlencode(rest)}", None)
    return Asked(method, path, rest or None)


def typed(command: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the words with which the command is typed on the command line."""
    words = (f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in fields.items())
    return ["do", command, *words]
