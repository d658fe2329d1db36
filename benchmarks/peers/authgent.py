"""authgent-server, an authorization server for agents in Python: token exchange and introspection."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

from benchmarks import wire
from benchmarks.children import UNREACHED, Program
from benchmarks.jobs import HOST
from benchmarks.peers.installing import HERE, from_pip
from benchmarks.peers.peer import Peer, Question, Serving, Setting, talking, told

_NAME: Final = "authgent-server"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_SCOPE: Final = "document:edit"
_RESOURCE: Final = "https://documents.example"
_TOKENS: Final = 16
_FEW: Final = 4
_SLOW: Final = 4.0
"""It hashes secrets with bcrypt at cost 12 in its event loop, which is a few requests a second."""


def _version() -> str:
    lines = (HERE / _NAME / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = next(line for line in lines if line.startswith(_NAME))
    return pinned.split()[0].replace("==", " ")


@contextmanager
def _serve(programs: Path, setting: Setting) -> Iterator[Serving]:
    command = ["uvicorn", "authgent_server.app:create_app", "--factory", "--no-access-log", "--log-level", "warning"]
    program = Program(
        command=[str(programs / "bin" / "python"), "-m", *command, "--host", HOST, "--port", str(setting.port)],
        port=setting.port,
        log=setting.directory / "log",
        environment={
            "AUTHGENT_DATABASE_URL": f"sqlite+aiosqlite:///{setting.directory / 'authgent.db'}",
            "AUTHGENT_SERVER_URL": setting.address,
            "AUTHGENT_TOKEN_RATE_LIMIT": UNREACHED,
            "AUTHGENT_EXCHANGE_TOKEN_TTL": "3600",
            "AUTHGENT_ACCESS_TOKEN_TTL": "3600",
        },
        directory=setting.directory,
        ready="/health",
    )
    with talking(program) as (server, http):
        yield Serving(server, list(_questions(http)), told(str(programs / "bin" / "python"), "--version"))


def _questions(http: httpx2.Client) -> Iterator[Question]:
    grants = ["client_credentials", _EXCHANGE]
    wish = {"client_name": "planner", "grant_types": grants, "scope": _SCOPE}
    agent = http.post("/register", json=wish).raise_for_status().json()
    id, secret = agent["client_id"], agent["client_secret"]
    own = _token(http, {**wire.IDENTITY, "scope": _SCOPE, "client_id": id, "client_secret": secret})
    wanted = _wanted(own)
    issued = [_token(http, {**wanted, "client_id": id}) for _ in range(_TOKENS)]
    asked = tuple(wire.form("/introspect", {"token": token}, "") for token in issued)
    yield Question("introspect", "introspection, by anybody", asked, '"active":true', "introspect")
    marker, beside = '"issued_token_type":"', "exchange-token"
    public = wire.form("/token", {**wanted, "client_id": id}, "")
    yield Question("exchange-public", "exchange, the client's id without its secret", (public,), marker, beside)
    proven = wire.form("/token", {**wanted, "client_id": id, "client_secret": secret}, "")
    title = f"exchange, secret (bcrypt), {_FEW} connections"
    yield Question("exchange", title, (proven,), marker, beside, stretch=_SLOW, connections=_FEW)


def _wanted(subject_token: str) -> dict[str, str]:
    return {"grant_type": _EXCHANGE, "subject_token": subject_token, "resource": _RESOURCE, "scope": _SCOPE}


def _token(http: httpx2.Client, wish: Mapping[str, str]) -> str:
    answer: dict[str, Any] = http.post("/token", data=dict(wish)).raise_for_status().json()
    return str(answer["access_token"])


PEER: Final = Peer(
    name=_NAME,
    version=_version(),
    settings="one uvicorn process with uvloop and httptools, SQLite as it sets it up, ES256, no access log, no limits",
    difference=(
        "Records each exchange in its database and signs a receipt of it. SQLite with its default journal, one commit "
        "for each request. Narrows by scope and counts hops; there are no rights of users to intersect with. "
        "Answers introspection to callers without credentials."
    ),
    install=lambda: from_pip(_NAME),
    serve=_serve,
)
