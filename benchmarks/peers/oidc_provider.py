"""oidc-provider, an authorization server for Node: an agent's own token, and introspection."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
from joserfc.jwk import ECKey

from benchmarks import wire
from benchmarks.children import Program
from benchmarks.peers.installing import HERE, from_npm
from benchmarks.peers.peer import Peer, Question, Serving, Setting, talking, told
from benchmarks.plan import assertions_for

_NAME: Final = "oidc-provider"
_SERVICE: Final = "documents"
_AGENT: Final = "planner"
_SIGNER: Final = "signer"
_SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 - protects nothing: it lives for one measurement
_SCOPE: Final = "document:edit"
_RESOURCE: Final = "https://documents.example"
_TOKENS: Final = 64


def _version() -> str:
    needed = json.loads((HERE / _NAME / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return f"oidc-provider {needed[_NAME]}"


@contextmanager
def _serve(programs: Path, setting: Setting) -> Iterator[Serving]:
    key = ECKey.generate_key("P-256")
    given = setting.directory / "given.json"
    given.write_text(json.dumps(_given(setting, key)), encoding="utf-8")
    program = Program(
        command=[str(programs / "node"), "server.mjs", str(given)],
        port=setting.port,
        log=setting.directory / "log",
        environment={"NODE_ENV": "production"},
        directory=programs,
        ready="/.well-known/openid-configuration",
    )
    with talking(program) as (server, http):
        runtime = f"Node {told(str(programs / 'node'), '--version').removeprefix('v')}"
        yield Serving(server, [_introspection(http), _by_secret(), _by_key(setting, key)], runtime)


def _given(setting: Setting, key: ECKey) -> dict[str, Any]:
    signing = ECKey.generate_key("P-256").as_dict(private=True)
    grants = {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": [], "scope": _SCOPE}
    basic = {**grants, "client_secret": _SECRET, "token_endpoint_auth_method": "client_secret_basic"}
    signed = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint()}]},
    }
    return {
        "issuer": setting.address,
        "port": setting.port,
        "service": _SERVICE,
        "scope": _SCOPE,
        "resource": _RESOURCE,
        "key": {**signing, "alg": "ES256", "use": "sig", "kid": "signing"},
        "clients": [
            {**basic, "client_id": _AGENT},
            {**basic, "client_id": _SERVICE},
            {**grants, **signed, "client_id": _SIGNER},
        ],
    }


def _introspection(http: httpx2.Client) -> Question:
    asked = [http.post("/token", data=wire.IDENTITY, auth=(_AGENT, _SECRET)) for _ in range(_TOKENS)]
    tokens = [answer.raise_for_status().json()["access_token"] for answer in asked]
    service = wire.basic(_SERVICE, _SECRET)
    requests = tuple(wire.form("/token/introspection", {"token": token}, service) for token in tokens)
    return Question("introspect", "introspection of an opaque token", requests, '"active":true', "introspect")


_WANTED: Final = {**wire.IDENTITY, "resource": _RESOURCE, "scope": _SCOPE}


def _by_secret() -> Question:
    request = wire.form("/token", _WANTED, wire.basic(_AGENT, _SECRET))
    return Question("identity", "an agent's own token, secret", (request,), '"access_token":"', "identity")


def _by_key(setting: Setting, key: ECKey) -> Question:
    signed = wire.assertions(_SIGNER, setting.address, key, assertions_for(setting.time))
    requests = tuple(wire.form("/token", {**_WANTED, **assertion}, "") for assertion in signed)
    title = "an agent's own token, private_key_jwt"
    return Question("identity-key", title, requests, '"access_token":"', "identity-key", once=True)


PEER: Final = Peer(
    name=_NAME,
    version=_version(),
    settings="one Node process, its memory adapter, ES256, NODE_ENV=production",
    difference=(
        "Keeps tokens, replays and grants in memory and loses them with the process; no audit record. "
        "Introspects opaque tokens alone, by looking them up: no signature to verify, nobody's rights to work out."
    ),
    install=lambda: from_npm(_NAME),
    serve=_serve,
)
