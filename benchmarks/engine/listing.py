"""Lists: how their time follows the length of the answer, and how the number of relationships around it.

The objects are projects beneath a workspace on which somebody holds a role. The subjects are people: half hold a role
on a project themselves, half are members of a group that holds one on the workspace above.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from authz_core import (
    Allowed,
    Listing,
    Model,
    Object,
    Relationships,
    Subject,
    check,
    list_objects,
    list_subjects,
    parse_object,
)
from benchmarks.engine.organizations import Fact, name, relationships
from benchmarks.engine.timing import microseconds

PERMISSION: Final = "project:view"
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class ListingFigure:
    """One list of each kind with so many answers, among so many other relationships. Times in milliseconds."""

    relationships: int
    answers: int
    objects: float
    subjects: float

    def values(self) -> dict[str, float]:
        """Return both times in microseconds, by what is listed."""
        return {"objects": self.objects * 1_000, "subjects": self.subjects * 1_000}


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace with as many projects as a list is to have, and one project that as many people may view."""

    facts: tuple[Fact, ...]
    viewer: Object
    """Somebody who may view all those projects, and nothing else."""
    viewed: Object
    """The project that so many people may view."""


def place(answers: int) -> Place:
    """Return a place whose lists have so many answers."""
    random = Random(answers)
    viewer, workspace, other = (name(type_, random) for type_ in ("user", "workspace", "workspace"))
    viewed = name("project", random)
    facts = (
        (viewer, "workspace-viewer", workspace),
        *((workspace, "parent", name("project", random)) for _ in range(answers)),
        (other, "parent", viewed),
        *_people(answers, viewed, other, random),
    )
    return Place(facts, parse_object(viewer), parse_object(viewed))


def _people(count: int, viewed: str, above: str, random: Random) -> Iterator[Fact]:
    group = name("group", random)
    yield f"{group}#member", "workspace-editor", above
    for number in range(count):
        user = name("user", random)
        yield (user, "member", group) if number % 2 else (user, "project-viewer", viewed)


def listing_figures(model: Model, facts: Relationships, answers: tuple[int, ...]) -> tuple[ListingFigure, ...]:
    """Return the time of lists of each length. A place for each is added to the facts before its turn."""
    others = len(facts)
    return tuple(_listed(model, facts, count, others) for count in answers)


def _listed(model: Model, facts: Relationships, answers: int, others: int) -> ListingFigure:
    asked = place(answers)
    facts.apply(relationships(asked.facts), ())

    def objects() -> Listing[Object]:
        return list_objects(model, facts, asked.viewer, PERMISSION, "project")

    def subjects() -> Listing[Subject]:
        return list_subjects(model, facts, PERMISSION, asked.viewed, "user")

    _require(answers, [check(model, facts, asked.viewer, PERMISSION, thing) for thing in objects().items])
    _require(answers, [check(model, facts, subject, PERMISSION, asked.viewed) for subject in subjects().items])
    return ListingFigure(
        relationships=others,
        answers=answers,
        objects=microseconds(objects, _ROUNDS) / 1_000,
        subjects=microseconds(subjects, _ROUNDS) / 1_000,
    )


def _require(count: int, decisions: list[object]) -> None:
    if len(decisions) != count or not all(isinstance(decision, Allowed) for decision in decisions):
        raise RuntimeError(f"a list has not the `{count}` answers that it should have: its time means nothing")
