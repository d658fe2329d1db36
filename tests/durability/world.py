"""An organization in a server, with people who have a provider of their own, an agent and a service."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from delegation.app.clock import utc_now
from tests.durability.server import Server

DOCUMENTS: Final = "https://documents.example"
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"
ISSUER: Final = "https://people.example"
SECRET: Final = "a secret that only this test knows, and long"
PLANNER: Final = ("planner", SECRET)
SERVICE: Final = ("documents", SECRET)
APOLLO: Final = "project:apollo"


@dataclass(frozen=True)
class World:
    """Short ways to use a server, for whoever has a client of their own."""

    issuer: str
    secret: str
    key: ECKey

    def person(self, user: str, audience: str) -> str:
        """Return a user token."""
        now = int(utc_now().timestamp())
        claims = {"iss": ISSUER, "sub": user, "aud": audience, "iat": now, "exp": now + 3600}
        return jwt.encode({"alg": "ES256", "kid": self.key.thumbprint(), "typ": "JWT"}, claims, self.key)

    def hand(self, http: httpx2.Client, user: str, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send a request by a user's own hand."""
        return http.request(method, path, json=body, headers=_headers(self._own_hand(user)))

    def grant(self, http: httpx2.Client, user: str, key: str | None = None) -> httpx2.Response:
        """Let a user grant the planner the role of an editor, perhaps under an idempotency key."""
        what = {"organization": "acme", "agent": "planner", "resource": APOLLO, "roles": ["project-editor"]}
        body = {**what, "expires_in": 1800}
        return http.post("/delegations", json=body, headers=_headers(self._own_hand(user), key))

    def _own_hand(self, user: str) -> str:
        return self.person(user, f"{self.issuer}/delegations")

    def exchange(self, http: httpx2.Client, user: str, delegation: str) -> httpx2.Response:
        """Let the planner ask for a token on a delegation."""
        entry = {"type": "resource_role", "delegation_id": delegation, "organization": "acme", "identifier": APOLLO}
        form = {
            "grant_type": EXCHANGE,
            "subject_token": self.person(user, self.issuer),
            "subject_token_type": ACCESS_TOKEN,
            "resource": DOCUMENTS,
            "authorization_details": json.dumps([{**entry, "privileges": ["project-editor"]}]),
        }
        return http.post("/token", data=form, auth=PLANNER)

    def manage(
        self, http: httpx2.Client, method: str, path: str, body: object = None, key: str | None = None
    ) -> httpx2.Response:
        """Send a management request, perhaps under an idempotency key."""
        return http.request(method, path, json=body, headers=_headers(self.secret, key))

    def assignment(self, http: httpx2.Client, method: str, user: str) -> httpx2.Response:
        """Let a user be a member of the workspace, or no longer."""
        query = f"principal=user:{user}&role=workspace-member&resource=workspace:design"
        return self.manage(http, method, f"/organizations/acme/assignments?{query}")


def _headers(bearer: str, key: str | None = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {bearer}"}
    return headers if key is None else {**headers, "Idempotency-Key": key}


def claims_of(token: str) -> Mapping[str, Any]:
    """Return the claims of a token, unverified."""
    segment = token.split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return claims


def founded(server: Server, users: int) -> World:
    """Found the organization acme with users `u0`, `u1`, ... who are members of its workspace."""
    key = ECKey.generate_key("P-256")
    jwks = {"keys": [key.as_dict(private=False)]}
    server.must("PUT", "/identity-providers/people", {"issuer": ISSUER, "jwks": jwks, "subjects": "same"})
    server.must("POST", "/organizations", {"id": "acme"})
    here = "/organizations/acme"
    for resource, parent in (("workspace:design", None), (APOLLO, "workspace:design")):
        server.must("POST", f"{here}/resources", {"resource": resource, "parent": parent})
    server.must("POST", "/agents", {"id": "planner", "secret": SECRET})
    server.must("PUT", f"{here}/agents/planner", {"ceiling": "none"})
    server.must("POST", "/services", {"id": "documents", "audience": DOCUMENTS, "secret": SECRET})
    server.must("PUT", f"{here}/services/documents")
    world = World(server.issuer, server.secret, key)
    for user in (f"u{number}" for number in range(users)):
        server.must("POST", "/users", {"id": user})
        server.must("PUT", f"{here}/memberships/{user}")
        assert world.assignment(server.http, "PUT", user).is_success
    return world
