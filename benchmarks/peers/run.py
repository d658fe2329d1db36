"""One run of the peers: each is installed, run by itself, and driven as the service is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2

from benchmarks.children import ServerFailed, free_port
from benchmarks.driver import GeneratorFailed, sampled
from benchmarks.effort import Effort
from benchmarks.figures import Figure, figure_of
from benchmarks.jobs import Job
from benchmarks.peers import authgent, oidc_provider, openfga
from benchmarks.peers.peer import NotInstalled, Peer, Question, Setting

PEERS: Final = (oidc_provider.PEER, authgent.PEER, openfga.IN_MEMORY, openfga.ON_SQLITE)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One thing that a peer was asked, and how it did."""

    peer: Peer
    question: Question
    figure: Figure
    runtime: str
    """What the peer ran on, with its version."""


@dataclass(frozen=True, slots=True)
class Peered:
    """What was found of all peers."""

    rows: tuple[PeerRow, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    """Peers that could not be measured, each with the reason."""


def measure(effort: Effort, tell: Callable[[str], None], peers: Sequence[Peer] = PEERS) -> Peered:
    """Return what each peer does; one that cannot be installed or set up is named with the reason."""
    rows: list[PeerRow] = []
    missing: list[tuple[str, str]] = []
    for peer in peers:
        tell(f"installing {peer.version}")
        try:
            rows += _measured(peer, peer.install(), effort, tell)
        except (GeneratorFailed, NotInstalled, ServerFailed, httpx2.HTTPError) as error:
            missing.append((f"{peer.name} ({peer.version})", str(error)))
            tell(f"{peer.name} is not there: {error}")
    return Peered(tuple(rows), tuple(missing))


def _measured(peer: Peer, programs: Path, effort: Effort, tell: Callable[[str], None]) -> list[PeerRow]:
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        setting = Setting(Path(directory), free_port(), effort.seconds + effort.warm_up)
        with peer.serve(programs, setting) as serving:
            rows = []
            for question in serving.questions:
                tell(f"measuring {peer.name}: {question.title}")
                job = _job(question, setting.port, effort)
                if not question.once:
                    sampled(serving.server, job)  # For those that compile what is asked often; it counts for nothing.
                figure = figure_of([sampled(serving.server, job)])
                rows.append(PeerRow(peer, question, figure, serving.runtime))
            return rows


def _job(question: Question, port: int, effort: Effort) -> Job:
    return Job(
        port=port,
        connections=question.connections or effort.connections,
        warm_up=effort.warm_up,
        seconds=effort.seconds * question.stretch,
        requests=question.requests,
        marker=question.marker,
        once=question.once,
    )
