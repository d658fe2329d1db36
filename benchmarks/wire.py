"""Requests as bytes on the wire, made before anything is measured."""

import base64
import json
from collections.abc import Mapping
from time import time
from typing import Final
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt

from benchmarks.administration import ORGANIZATION
from benchmarks.jobs import HOST
from benchmarks.world import APP, DOCUMENTS, PROJECT, ROLE, Agent, World

_TYPE: Final = "urn:ietf:params:oauth:token-type:"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE: Final = 1_800
"""Seconds, longer than any measurement."""


def introspection(world: World, access_token: str) -> str:
    """Return a service's question about a token (RFC 7662)."""
    return _form("/introspect", {"token": access_token}, _basic(world.service_id, world.service_secret))


def evaluation(world: World, access_token: str) -> str:
    """Return a service's question whether a token may edit documents of an app (AuthZEN)."""
    question = {
        "subject": {"type": "token", "id": access_token},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": APP},
    }
    credentials = _basic(world.service_id, world.service_secret)
    return _request("/access/v1/evaluation", "application/json", json.dumps(question), credentials)


def exchange_by_receipt(world: World) -> str:
    """Return an exchange of a receipt by the agent that has a secret."""
    planner = world.planner
    return _form("/token", _wish(planner.receipt, "jwt"), _basic(planner.id, planner.secret))


def exchange_by_user_token(world: World) -> str:
    """Return an exchange of a user token by the agent that has a secret."""
    planner = world.planner
    return _form("/token", _wish(world.user_token, "access_token"), _basic(planner.id, planner.secret))


def exchanges_by_key(world: World, count: int) -> tuple[str, ...]:
    """Return exchanges of a receipt by the agent that signs, each with an assertion of its own."""
    wish = _wish(world.signer.receipt, "jwt")
    assertions = (_assertion(world, serial) for serial in range(count))
    return tuple(
        _form("/token", {**wish, "client_assertion_type": _ASSERTION, "client_assertion": assertion}, "")
        for assertion in assertions
    )


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


def _assertion(world: World, serial: int) -> str:
    now = int(time())
    header = {"alg": "ES256", "kid": world.signing_key.thumbprint(), "typ": "client-authentication+jwt"}
    claims = {
        "iss": world.signer.id,
        "sub": world.signer.id,
        "aud": world.deployment.issuer,
        "iat": now,
        "exp": now + _ASSERTION_LIFE,
        "jti": f"{now}-{serial}",
    }
    return jwt.encode(header, claims, world.signing_key)


def _basic(id: str, secret: str) -> str:
    pair = f"{quote(id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 §2.3.1
    return f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"


def _form(path: str, members: Mapping[str, str], credentials: str) -> str:
    return _request(path, "application/x-www-form-urlencoded", urlencode(members), credentials)


def _request(path: str, media_type: str, body: str, credentials: str) -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{credentials}"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
