"""Every endpoint that reads JSON, each with a body that it would take."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, EDITOR

BOUND: Final = {"resource": APOLLO, "roles": [EDITOR], "permissions": ["app:view"], "not_before": 0, "until": 2**33}
TIMES: Final = {"expires_at": 1_893_500_000, "not_before": 0, "depth": 0}


@dataclass(frozen=True)
class Endpoint:
    """One that reads JSON, and a body that it would take."""

    method: str
    path: str
    body: JSON
    optional: frozenset[str] = frozenset()

    @override
    def __str__(self) -> str:
        """Name it in the ids of tests."""
        return f"{self.method} {self.path}"


def _endpoint(method: str, path: str, body: JSON, *optional: str) -> Endpoint:
    return Endpoint(method, path, body, frozenset(optional))


KEYS: Final = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
WISH: Final = {"organization": "{o}", "agent": "{p}", "resource": APOLLO, "roles": [EDITOR], "purpose": "so"}
ENDPOINTS: Final = (
    _endpoint("POST", "/organizations", {"id": "new", "name": "New"}, "name"),
    _endpoint("POST", "/users", {"id": "new", "name": "New"}, "name"),
    _endpoint("PATCH", "/users/{b}", {"status": "active"}),
    _endpoint("PUT", "/organizations/{o}/memberships/{b}", {"active": True}, "active"),
    _endpoint("POST", "/organizations/{o}/groups", {"id": "new", "name": "New"}, "name"),
    _endpoint("PUT", "/resource-types/new", {"parents": ["project"], "delegable": True}, "parents", "delegable"),
    _endpoint("PUT", "/permissions/new", {"type": "app", "administrative": False}, "administrative"),
    _endpoint("PUT", "/roles/new", {"type": "app", "permissions": ["app:view"], "name": ""}, "name"),
    _endpoint(
        "PUT", "/organizations/{o}/roles/org-new", {"type": "app", "permissions": ["app:view"], "name": ""}, "name"
    ),
    _endpoint(
        "POST", "/organizations/{o}/resources", {"resource": "app:new", "parent": APOLLO, "name": ""}, "parent", "name"
    ),
    _endpoint("PATCH", "/organizations/{o}/resources/app:backoffice", {"parent": APOLLO}),
    _endpoint("PUT", "/organizations/{o}/assignments", {"principal": "user:{b}", "role": EDITOR, "resource": APOLLO}),
    _endpoint("POST", "/agents", {"id": "new", "name": "", "secret": True}, "name"),
    _endpoint("POST", "/agents", {"id": "new", "jwks": KEYS}),
    _endpoint("PATCH", "/agents/{p}", {"status": "active"}),
    _endpoint("POST", "/services", {"id": "n", "audience": "https://n.example", "secret": True}, "secret"),
    _endpoint("PATCH", "/services/documents", {"status": "active"}),
    _endpoint("PUT", "/organizations/{o}/agents/{p}", {"ceiling": [BOUND]}),
    _endpoint(
        "PUT",
        "/identity-providers/new",
        {"issuer": "https://n.example", "jwks": KEYS, "audience": "x", "organization": "{o}", "subjects": "same"},
        *("audience", "organization", "subjects"),
    ),
    _endpoint("POST", "/users/{b}/identities", {"issuer": "https://login-{o}.example", "subject": "b"}),
    _endpoint(
        "POST", "/delegations", {**WISH, **TIMES, "unattended": False}, "purpose", "unattended", "not_before", "depth"
    ),
    _endpoint(
        "POST", "/delegations", {**WISH, "expires_in": 60, "audiences": ["https://d.example"]}, "purpose", "audiences"
    ),
    _endpoint(
        "POST", "/delegations", {**WISH, "expires_in": 60, "permissions": ["app:view"]}, "purpose", "permissions"
    ),
    _endpoint(
        "POST",
        "/development/token",
        {"user": "b", "audience": "x", "organization": "o", "scope": "s"},
        "organization",
        "scope",
    ),
)
