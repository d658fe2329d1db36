"""Whether the time of an answer tells what its text does not.

`python -m benchmarks.enumeration` sends pairs of requests that nobody is to tell apart over one connection, in an
order drawn for each pair, and prints Welch's t of their times. Below 4.5, by which side channels are usually judged,
nothing was found.
"""

import json
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Final

import click
import httpx2

from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment, free_port, service
from benchmarks.jobs import HOST
from benchmarks.organization import PROJECT, WORKSPACE
from benchmarks.world import DOCUMENTS, ROLE

SUSPICIOUS: Final = 4.5
_KEPT: Final = 0.9
"""Share of times that count: the slowest are those of the machine, and hide all others."""
_WARM_UP: Final = 1_000
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


@dataclass(frozen=True, slots=True)
class Pair:
    """Two requests whose answers are the same to the byte."""

    name: str
    one: bytes
    other: bytes


def welch(one: list[int], other: list[int]) -> float:
    """Return Welch's t of two samples, both without what is slower than most of the two together."""
    limit = sorted([*one, *other])[int(_KEPT * (len(one) + len(other)))]
    a, b = ([time for time in times if time < limit] for times in (one, other))
    return (fmean(a) - fmean(b)) / sqrt(variance(a) / len(a) + variance(b) / len(b))


def measured(ask: Callable[[bytes], bytes], pair: Pair, count: int) -> tuple[list[int], list[int]]:
    """Return the times, in nanoseconds, of the two requests of a pair, sent `count` times each. Raises ValueError."""
    if _told(ask(pair.one)) != _told(ask(pair.other)):
        raise ValueError(f"{pair.name}: the answers differ; there is nothing left to measure")
    chance = random.Random(1)
    times: tuple[list[int], list[int]] = ([], [])
    for _ in range(count):
        first = chance.getrandbits(1)
        for which in (first, 1 - first):
            request = (pair.one, pair.other)[which]
            began = perf_counter_ns()
            ask(request)
            times[which].append(perf_counter_ns() - began)
    return times


def _told(answer: bytes) -> list[bytes]:
    lines = answer.split(b"\r\n")
    return [line for line in lines if not line.lower().startswith((b"date:", b"x-request-id:"))]


@contextmanager
def _connected(port: int) -> Iterator[Callable[[bytes], bytes]]:
    with socket.create_connection((HOST, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask(request: bytes) -> bytes:
            connection.sendall(request)
            answer = b""
            while _END not in answer:
                answer += connection.recv(65_536)
            head, _, body = answer.partition(_END)
            length = int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65_536)
            return head + _END + body

        yield ask


def _pairs(http: httpx2.Client, administration: Administration) -> Iterator[Pair]:
    """Yield the pairs, in a deployment that is empty yet."""
    issuer = str(http.base_url).rstrip("/")
    administration.create_organization()
    administration.add_resource(WORKSPACE, None)
    administration.add_resource(PROJECT, WORKSPACE)
    administration.add_user("anne")
    administration.assign("user:anne", "workspace-admin", WORKSPACE)
    administration.register_service("documents", DOCUMENTS)
    billing = administration.register_service("billing", "https://billing.example")
    administration.ask("POST", "/organizations", {"id": "others"})
    planner = administration.register_agent("planner", {"secret": True}, {"resource": PROJECT, "roles": [ROLE]})
    wish = {"organization": ORGANIZATION, "agent": "planner", "resource": PROJECT, "roles": [ROLE], "expires_in": 7_200}
    by_hand = administration.user_token("anne", f"{issuer}/delegations")
    administration.ask("POST", "/delegations", wish, bearer=by_hand)
    good, revoked = (_token(http, administration, planner) for _ in range(2))
    http.post("/revoke", data={"token": revoked}, auth=("planner", planner)).raise_for_status()

    def introspection(token: str, id: str, secret: str) -> bytes:
        return _bytes(http.build_request("POST", "/introspect", data={"token": token}), (id, secret))

    def organization(id: str) -> bytes:
        bearer = {"Authorization": f"Bearer {administration.user_token('anne', f'{issuer}/management')}"}
        return _bytes(http.build_request("GET", f"/organizations/{id}", headers=bearer))

    yield Pair(
        "a client that is unknown, one with a wrong secret",
        introspection("x", "documentx", planner),
        introspection("x", "documents", planner),
    )
    yield Pair(
        "a revoked token of another service, a good one",
        introspection(revoked, "billing", billing),
        introspection(good, "billing", billing),
    )
    yield Pair("an organization that is unknown, another's", organization("otherx"), organization("others"))


def _token(http: httpx2.Client, administration: Administration, secret: str) -> str:
    entry = {"type": "resource_role", "identifier": PROJECT, "privileges": [ROLE], "organization": ORGANIZATION}
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": administration.user_token("anne", str(http.base_url).rstrip("/")),
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "resource": DOCUMENTS,
        "authorization_details": json.dumps([entry]),
    }
    answer = http.post("/token", data=form, auth=("planner", secret)).raise_for_status()
    return str(answer.json()["access_token"])


def _bytes(request: httpx2.Request, basic: tuple[str, str] | None = None) -> bytes:
    if basic is not None:
        request = next(httpx2.BasicAuth(*basic).auth_flow(request))
    lines = [f"{request.method} {request.url.raw_path.decode()} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(lines).encode() + _END + request.read()


@click.command()
@click.option("--pairs", default=100_000, show_default=True, help="how often each request of a pair is sent")
def main(pairs: int) -> None:
    """Print Welch's t for each pair of requests that nobody is to tell apart."""
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), free_port())
        with service(deployment), httpx2.Client(base_url=deployment.issuer, timeout=30.0) as http:
            for pair in _pairs(http, Administration(http, deployment.administrator)):
                with _connected(deployment.port) as ask:
                    measured(ask, pair, _WARM_UP)
                    one, other = measured(ask, pair, pairs)
                t, apart = (
                    welch(one, other),
                    (fmean(sorted(one)[: len(one) // 2]), fmean(sorted(other)[: len(other) // 2])),
                )
                print(f"{pair.name}: t = {t:+.1f}, {apart[0] / 1e3:.2f} and {apart[1] / 1e3:.2f} microseconds")


if __name__ == "__main__":
    main()
