"""The measured figures that every size follows from, each with the file of results that it stands in."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

RESULTS: Final = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Weights:
    """What things weigh in memory and on disk, in bytes."""

    delegation_in_memory: float
    relationship_in_memory: float
    organization_in_memory: float
    """A small one: fifteen rows."""
    token_on_disk: float
    """What the database grows by for an issued token: its audit record, and what is on the way to it."""
    change_on_disk: float
    """What it grows by for a change of one row: the row, its entry in the log, its audit record."""
    delegation_on_disk: float
    """What it grows by for a delegation made by a user's own hand."""
    check_on_wire: float
    """An introspection and its answer together."""


@dataclass(frozen=True, slots=True)
class Times:
    """What things take, in microseconds; of a processor, unless it says otherwise."""

    introspection: float
    """In the process that answers."""
    exchange: float
    cold: float
    """A question about a small organization that is not in memory, loading it included."""
    followed: float
    """A change of an organization, in each process that has it in memory, at the next question about it."""
    introspection_in_database: float
    """In PostgreSQL, for one introspection under load: its share of a shared freshness read."""
    exchange_in_database: float
    read: float
    """One freshness read, in PostgreSQL."""
    read_clock: float
    """The same by the clock, with the way there and back on one machine."""
    row_loaded: float
    """One row of a cold organization, by the clock."""


@dataclass(frozen=True, slots=True)
class Constants:
    """All of them."""

    weights: Weights
    times: Times

    def raw(self) -> dict[str, Any]:
        """Return them for programs."""
        return asdict(self)

    @classmethod
    def from_raw(cls, members: Mapping[str, Any]) -> Self:
        """Return what `raw` described. Raises KeyError for a figure that is not there."""
        weights = {field.name: float(members["weights"][field.name]) for field in fields(Weights)}
        times = {field.name: float(members["times"][field.name]) for field in fields(Times)}
        return cls(Weights(**weights), Times(**times))


def results(name: str, directory: Path = RESULTS) -> dict[str, Any]:
    """Return the raw figures that a benchmark kept. Raises FileNotFoundError for one that was not run."""
    members: dict[str, Any] = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
    return members
