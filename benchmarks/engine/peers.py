"""Other libraries beside the engine: the same facts, the same questions, the same answers, each in its best form.

A library that is not installed is left out, and the report says so.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from random import Random
from typing import Any, Final

from authz_core import Allowed, Model, Relationship, Relationships, check
from benchmarks.engine.by_hand import Hand
from benchmarks.engine.organizations import Question, facts_of, model, questions
from benchmarks.engine.timing import Ask, fastest, settle

QUESTIONS: Final = 200
ROUNDS: Final = 3
PACKAGES: Final[Mapping[str, str]] = {
    "pycasbin": "benchmarks.engine.casbin_peer",
    "cedarpy": "benchmarks.engine.cedar_peer",
}
"""Each library, and the module that knows how to ask it."""


@dataclass(frozen=True, slots=True)
class World:
    """What every library is given."""

    model: Model
    facts: Sequence[Relationship]
    hand: Hand


@dataclass(frozen=True, slots=True)
class Peer:
    """A library that holds the facts in its own form."""

    package: str
    title: str
    translated: Callable[[Question], tuple[Any, Any, Any]]
    """Returns a question in the form that the library wants, which counts for nothing."""
    ask: Ask
    """Returns whether the user may."""


@dataclass(frozen=True, slots=True)
class PeerFigure:
    """What a library takes for one question, in microseconds, and how it was asked."""

    what: str
    version: str
    relationships: int
    questions: int
    took: float
    engine: float
    """What the engine takes for these questions."""
    seconds_to_load: float

    @property
    def times(self) -> float:
        """How many times as long as the engine it takes."""
        return self.took / self.engine


def missing(packages: Mapping[str, str] = PACKAGES) -> list[str]:
    """Return the libraries that are not installed."""
    return [package for package in packages if _version(package) is None]


def measure(size: int, count: int = QUESTIONS, packages: Mapping[str, str] = PACKAGES) -> tuple[PeerFigure, ...]:
    """Return what each library that is installed takes at about this many relationships."""
    meaning = model()
    facts = Relationships(facts_of(size))
    world = World(meaning, tuple(facts), Hand(meaning, facts))
    asked = questions(world.hand, Random(size), count)
    ask = partial(check, meaning, facts)
    answers = [isinstance(ask(*question), Allowed) for question in asked]
    (engine,) = fastest((ask, asked))
    return tuple(_beside(make, world, asked, answers, engine) for make in _makers(packages))


def _makers(packages: Mapping[str, str]) -> Iterator[Callable[[World], Peer]]:
    """Iterate over what makes a peer; a library is imported only when it is there."""
    for package, module in packages.items():
        if _version(package):
            yield from import_module(module).PEERS


def _beside(
    make: Callable[[World], Peer], world: World, asked: Sequence[Question], answers: Sequence[bool], engine: float
) -> PeerFigure:
    begun = time.perf_counter()
    peer = make(world)
    loading = time.perf_counter() - begun
    translated = [peer.translated(question) for question in asked]
    if [peer.ask(*question) for question in translated] != answers:
        raise RuntimeError(f"{peer.title} disagrees with the engine: its times mean nothing")
    settle()
    (took,) = fastest((peer.ask, translated), rounds=ROUNDS)
    return PeerFigure(
        what=peer.title,
        version=f"{peer.package} {_version(peer.package)}",
        relationships=len(world.facts),
        questions=len(asked),
        took=took,
        engine=engine,
        seconds_to_load=loading,
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
