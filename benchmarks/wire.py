"""Requests as bytes on the wire, made before anything is measured."""

import base64
import json
from collections.abc import Iterator, Mapping
from time import time
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks.administration import ORGANIZATION
from benchmarks.jobs import HOST
from benchmarks.organization import APP, PROJECT
from benchmarks.questions import PERMISSION
from benchmarks.world import DOCUMENTS, ROLE, Agent, World

IDENTITY: Final = {"grant_type": "client_credentials"}
_TYPE: Final = "urn:ietf:params:oauth:token-type:"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE: Final = 1_800
"""Seconds, longer than any measurement."""


def introspection(world: World, access_token: str) -> str:
    """Return a service's question about a token (RFC 7662)."""
    return form("/introspect", {"token": access_token}, basic(world.service_id, world.service_secret))


def evaluation(world: World, access_token: str) -> str:
    """Return a service's question whether a token may edit documents of an app (AuthZEN)."""
    return _question(world, {"type": "token", "id": access_token}, {"type": "app", "id": APP})


def evaluation_of_user(world: World, user: str, app: str) -> str:
    """Return a service's question whether a user may edit documents of an app (AuthZEN)."""
    resource = {"type": "app", "id": app, "properties": {"organization": ORGANIZATION}}
    return _question(world, {"type": "user", "id": user}, resource)


def exchange_by_receipt(agent: Agent) -> str:
    """Return an exchange of a receipt by an agent that has a secret."""
    return form("/token", _wish(agent.receipt, "jwt"), basic(agent.id, agent.secret))


def exchange_by_user_token(world: World) -> str:
    """Return an exchange of a user token by the agent that has a secret."""
    planner = world.planner
    return form("/token", _wish(world.user_token, "access_token"), basic(planner.id, planner.secret))


def exchanges_by_key(world: World, count: int) -> tuple[str, ...]:
    """Return exchanges of a receipt by the agent that signs, each with an assertion of its own."""
    wish = _wish(world.signer.receipt, "jwt")
    return tuple(form("/token", {**wish, **assertion}, "") for assertion in _of_signer(world, count))


def identity(world: World) -> str:
    """Return the planner's request for a token of its own (RFC 6749 §4.4)."""
    planner = world.planner
    return form("/token", IDENTITY, basic(planner.id, planner.secret))


def identities_by_key(world: World, count: int) -> tuple[str, ...]:
    """Return such requests by the agent that signs, each with an assertion of its own."""
    return tuple(form("/token", {**IDENTITY, **assertion}, "") for assertion in _of_signer(world, count))


def access_tokens(world: World, agent: Agent, count: int = 64) -> tuple[str, ...]:
    """Return tokens that an agent with a secret gets now, each good for an hour. Raises HTTPStatusError."""
    wish = _wish(agent.receipt, "jwt")
    with httpx2.Client(base_url=world.deployment.issuer, auth=(agent.id, agent.secret)) as http:
        answers = [http.post("/token", data=wish).raise_for_status().json() for _ in range(count)]
    return tuple(answer["access_token"] for answer in answers)


def _wish(subject_token: str, kind: str) -> dict[str, str]:
    entry = {"type": "resource_role", "identifier": PROJECT, "privileges": [ROLE], "organization": ORGANIZATION}
    return {
        "grant_type": _EXCHANGE,
        "subject_token": subject_token,
        "subject_token_type": f"{_TYPE}{kind}",
        "resource": DOCUMENTS,
        "authorization_details": json.dumps([entry]),
    }


def _question(world: World, subject: Mapping[str, str], resource: Mapping[str, Any]) -> str:
    question = {"subject": subject, "action": {"name": PERMISSION}, "resource": resource}
    credentials = basic(world.service_id, world.service_secret)
    return request("/access/v1/evaluation", "application/json", json.dumps(question), credentials)


def _of_signer(world: World, count: int) -> Iterator[Mapping[str, str]]:
    return assertions(world.signer.id, world.deployment.issuer, world.signing_key, count)


def assertions(client: str, issuer: str, key: ECKey, count: int) -> Iterator[Mapping[str, str]]:
    """Yield what a client that signs authenticates with, each good for one request (RFC 7523)."""
    now = int(time())
    header = {"alg": "ES256", "kid": key.thumbprint(), "typ": "client-authentication+jwt"}
    claims = {"iss": client, "sub": client, "aud": issuer, "iat": now, "exp": now + _ASSERTION_LIFE}
    for serial in range(count):
        assertion = jwt.encode(header, {**claims, "jti": f"{now}-{serial}"}, key)
        yield {"client_assertion_type": _ASSERTION, "client_assertion": assertion}


def basic(id: str, secret: str) -> str:
    """Return the header line of a client with a secret."""
    pair = f"{quote(id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 §2.3.1
    return f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"


def form(path: str, members: Mapping[str, str], credentials: str) -> str:
    """Return a request with a form."""
    return request(path, "application/x-www-form-urlencoded", urlencode(members), credentials)


def request(path: str, media_type: str, body: str, credentials: str = "") -> str:
    """Return a request with a body of ASCII."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{credentials}"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
