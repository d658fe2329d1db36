"""OpenFGA, a server for relationship checks in Go: a model of the same meaning, the same facts, the same questions."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2

from benchmarks import wire
from benchmarks.children import Program, ServerFailed, free_port
from benchmarks.jobs import HOST
from benchmarks.organization import Size
from benchmarks.peers.installing import from_go
from benchmarks.peers.openfga_model import model, named
from benchmarks.peers.peer import Peer, Question, Serving, Setting, talking, told
from benchmarks.questions import PERMISSION, catalog, questions, relationships

_MODULE: Final = "github.com/openfga/openfga/cmd/openfga"
_VERSION: Final = "v1.22.1"
_TOGETHER: Final = 100
"""Facts that one request may write."""
_DIFFERENCE: Final = (
    "Decides about users and groups as the evaluation of a user does: no tokens, no delegations, no audit record, and "
    "callers without credentials. Every check reads the facts from its store."
)


@contextmanager
def _serve(engine: str, programs: Path, setting: Setting) -> Iterator[Serving]:
    binary = str(programs / "openfga")
    store = ["--datastore-engine", engine]
    if engine != "memory":
        store += ["--datastore-uri", f"file:{setting.directory / 'openfga.db'}"]
        _migrate([binary, "migrate", *store])
    program = Program(
        command=[binary, "run", *store, *_places(setting)],
        port=setting.port,
        log=setting.directory / "log",
        directory=setting.directory,
        ready="/healthz",
    )
    with talking(program) as (server, http):
        runtime = f"built with {told('go', 'version', binary).rpartition(' ')[2]}"
        yield Serving(server, _questions(*_furnished(http, Size())), runtime)


def _places(setting: Setting) -> Sequence[str]:
    http, grpc = f"{HOST}:{setting.port}", f"{HOST}:{free_port()}"
    return ["--http-addr", http, "--grpc-addr", grpc, "--metrics-enabled=false", "--log-level", "none"]


def _migrate(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the peer's own program
    if done.returncode:
        raise ServerFailed(done.stderr[-500:])


def _furnished(http: httpx2.Client, size: Size) -> tuple[str, str]:
    """Return the store that holds the organization, and the model it is read by."""
    store = str(_asked(http, "/stores", {"name": "benchmark"})["id"])
    read_by = str(_asked(http, f"/stores/{store}/authorization-models", model(catalog()))["authorization_model_id"])
    facts = [
        {"user": subject, "relation": named(relation), "object": thing}
        for subject, relation, thing in relationships(size)
    ]
    for start in range(0, len(facts), _TOGETHER):
        some = {"tuple_keys": facts[start : start + _TOGETHER]}
        _asked(http, f"/stores/{store}/write", {"writes": some, "authorization_model_id": read_by})
    return store, read_by


def _asked(http: httpx2.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = http.post(path, json=body).raise_for_status().json()
    return answer


def _questions(store: str, read_by: str) -> list[Question]:
    asked = questions(Size())

    def checks(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        bodies = (
            {
                "tuple_key": {"user": f"user:{user}", "relation": named(PERMISSION), "object": f"app:{app}"},
                "authorization_model_id": read_by,
            }
            for user, app in pairs
        )
        return tuple(wire.request(f"/stores/{store}/check", "application/json", json.dumps(body)) for body in bodies)

    return [
        Question("check", "check, allowed", checks(asked.allowed), '"allowed":true', "evaluate-user"),
        Question("check-refused", "check, refused", checks(asked.refused), '"allowed":false', "evaluate-refused"),
    ]


def _peer(engine: str, kept: str) -> Peer:
    return Peer(
        name=f"openfga-{engine}",
        version=f"OpenFGA {_VERSION.removeprefix('v')}",
        settings=f"one process on as many threads as there are cores, {kept}, no cache of checks, no log, no metrics",
        difference=_DIFFERENCE,
        install=lambda: from_go("openfga", _MODULE, _VERSION),
        serve=partial(_serve, engine),
    )


IN_MEMORY: Final = _peer("memory", "facts in memory, lost with the process")
ON_SQLITE: Final = _peer("sqlite", "facts in SQLite")
