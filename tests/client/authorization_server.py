"""The authorization service's side of the wire, small: it notes questions and answers as told."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.end_to_end.deployment import payload


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as form parameters."""
        return dict(parse_qsl(self.body.decode(), strict_parsing=True))

    @property
    def details(self) -> dict[str, Any]:
        """The one entry of the authorization details asked for."""
        [entry] = json.loads(self.form["authorization_details"])
        return dict(entry)


@dataclass(slots=True)
class AuthorizationServer:
    """Answers from `scripted` first, and in the ordinary way when that is empty."""

    issuer: str
    asked: list[Asked] = field(default_factory=list)
    scripted: deque[Response] = field(default_factory=deque)
    metadata: dict[str, Any] = field(default_factory=dict)
    introspection: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=lambda: {"decision": True, "context": {}})
    keys: list[dict[str, Any]] = field(default_factory=list)
    lifetime: int = 300
    nonce: str | None = None
    """What a proof at the token endpoint must hold."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    open_gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Let answers through until a test closes the gate."""
        self.open_gate.set()

    @property
    def exchanges(self) -> list[Asked]:
        """What arrived at the token endpoint."""
        return [asked for asked in self.asked if asked.path == "/token"]

    def application(self) -> Starlette:
        """Return the application that speaks for this server."""
        paths = {
            "/.well-known/oauth-authorization-server": self._metadata,
            "/.well-known/authzen-configuration": self._decision_point,
            "/token": self._token,
            "/introspect": self._introspection,
            "/revoke": self._revocation,
            "/access/v1/evaluation": self._evaluation,
            "/access/v1/evaluations": self._unscripted,
            "/access/v1/search/subject": self._unscripted,
            "/access/v1/search/resource": self._unscripted,
            "/access/v1/search/action": self._unscripted,
            "/jwks.json": self._keys,
        }
        return Starlette(
            routes=[Route(path, self._noting(answer), methods=["GET", "POST"]) for path, answer in paths.items()]
        )

    def _noting(self, answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            self.asked.append(Asked(request.url.path, request.headers, await request.body()))
            if request.url.path.startswith("/.well-known/"):
                return answer()
            self.arrived.set()
            await self.open_gate.wait()
            return self.scripted.popleft() if self.scripted else answer()

        return endpoint

    def _metadata(self) -> Response:
        names = {"token": "token", "introspection": "introspect", "revocation": "revoke"}
        endpoints = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()}
        keys = {"jwks_uri": f"{self.issuer}/jwks.json"}
        return JSONResponse({"issuer": self.issuer, **endpoints, **keys, **self.metadata})

    def _decision_point(self) -> Response:
        return JSONResponse(
            {
                "policy_decision_point": self.issuer,
                "access_evaluation_endpoint": f"{self.issuer}/access/v1/evaluation",
                "access_evaluations_endpoint": f"{self.issuer}/access/v1/evaluations",
                "search_subject_endpoint": f"{self.issuer}/access/v1/search/subject",
                "search_resource_endpoint": f"{self.issuer}/access/v1/search/resource",
                "search_action_endpoint": f"{self.issuer}/access/v1/search/action",
            }
        )

    def _token(self) -> Response:
        asked = self.exchanges[-1]
        proof = asked.headers.get("DPoP")
        if proof is not None and self.nonce is not None and payload(proof).get("nonce") != self.nonce:
            return refused("use_dpop_nonce", nonce=self.nonce)
        details = asked.details if "authorization_details" in asked.form else {}
        kind = "Bearer" if proof is None else "DPoP"
        return issued(f"token-{len(self.exchanges)}", details, self.lifetime, kind)

    def _introspection(self) -> Response:
        return JSONResponse(self.introspection)

    def _revocation(self) -> Response:
        return Response()

    def _evaluation(self) -> Response:
        return JSONResponse(self.evaluation)

    def _unscripted(self) -> Response:
        return Response("nobody scripted an answer", 500)

    def _keys(self) -> Response:
        return JSONResponse({"keys": self.keys})


def issued(token: str, details: Mapping[str, Any], lifetime: int = 300, kind: str = "Bearer") -> Response:
    """Return the answer of a successful exchange."""
    granted = {"actions": ["document:edit"], "delegation_id": "dlg_1", **details}
    return JSONResponse(
        {
            "access_token": token,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": kind,
            "expires_in": lifetime,
            "authorization_details": [granted],
        }
    )


def refused(error: str, status: int = 400, nonce: str | None = None, **members: object) -> Response:
    """Return an OAuth error answer, perhaps with a nonce for proofs."""
    return JSONResponse({"error": error, **members}, status, {} if nonce is None else {"DPoP-Nonce": nonce})


def live(issuer: str, audience: str, **members: object) -> dict[str, Any]:
    """Return what introspection says of a delegated token that is live until the year 2031."""
    return {
        "active": True,
        "iss": issuer,
        "sub": "anne",
        "client_id": "planner",
        "aud": audience,
        "token_type": "Bearer",
        "exp": 1_925_000_000,
        "act": {"iss": issuer, "sub": "planner", "sub_profile": "ai_agent"},
        "org_id": "acme",
        "authorization_details": [
            {"type": "resource_role", "identifier": "project:apollo", "actions": ["document:edit"]}
        ],
        "revision": 7,
        **members,
    }
