"""Shapes of facts, varied one at a time, and what one question takes for each. Times in microseconds.

Each world holds what is varied and nothing else, so that the cost of that is seen and not the machine's caches.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias

from authz_core import (
    Catalog,
    Object,
    Permission,
    Relationships,
    ResourceType,
    Role,
    build_model,
    check,
    parse_object,
)
from benchmarks.chart import Chart
from benchmarks.engine.organizations import Fact, relationships
from benchmarks.engine.timing import microseconds

Values: TypeAlias = Mapping[str, float]

ROOT: Final = "organization:acme"
ANNE: Final = parse_object("user:anne")
FOLDER: Final = parse_object("folder:f")
MODEL: Final = build_model(
    Catalog(
        (ResourceType("folder", ("organization", "folder")),),
        tuple(Permission(slug, "folder") for slug in ("folder:view", "folder:edit", "folder:share")),
        (
            *(Role(f"viewer-{number}", "folder", frozenset({"folder:view"})) for number in range(1_000)),
            Role("editor", "folder", frozenset({"folder:view", "folder:edit"})),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is varied, the numbers that are tried, and the function that measures one of them."""

    name: str
    title: str
    varied: str
    numbers: tuple[int, ...]
    values: Callable[[int], Values]

    def chart(self, most: int) -> Chart:
        """Return the figures for all numbers up to a limit, and for the smallest in any case."""
        tried = [number for number in self.numbers if number <= max(most, self.numbers[0])]
        return Chart(self.name, self.title, self.varied, [(each, self.values(each)) for each in tried])


def tree_depth(levels: int) -> Values:
    """Return what a question takes about the lowest of so many folders, when the role is held on the highest."""
    return _both(*tree(levels))


def tree(levels: int) -> tuple[Relationships, Object]:
    """Return so many folders, each in the one before, and the lowest of them."""
    folders = [ROOT, *(f"folder:f{number}" for number in range(levels))]
    facts = _facts([*_chain(folders, "parent"), (ANNE, "editor", folders[1])])
    return facts, parse_object(folders[-1])


def nesting(groups: int) -> Values:
    """Return what a question takes about somebody in the innermost of so many groups, when the outermost may."""
    names = [f"group:g{number}" for number in range(groups)]
    inner = [f"{group}#member" for group in names]
    nested = ((member, "member", group) for member, group in zip(inner, names[1:], strict=False))
    facts = _facts([(ANNE, "member", names[0]), *nested, (inner[-1], "editor", "folder:f")])
    return {**_both(facts, FOLDER), "after a membership changed": _after_change(facts)}


def groups_of_a_user(groups: int) -> Values:
    """Return what a question takes about somebody in so many groups, the last of which may."""
    names = [f"group:g{number}" for number in range(groups)]
    facts = _facts([*((ANNE, "member", group) for group in names), (f"{names[-1]}#member", "editor", "folder:f")])
    return {**_both(facts, FOLDER), "after a membership changed": _after_change(facts)}


def members_of_a_group(members: int) -> Values:
    """Return what a question takes about one of so many members of a group that may."""
    others = ((f"user:u{number}", "member", "group:g") for number in range(members - 1))
    facts = _facts([*others, (ANNE, "member", "group:g"), ("group:g#member", "editor", "folder:f")])
    return {**_both(facts, FOLDER), "after a membership changed": _after_change(facts)}


def roles_on_a_resource(roles: int) -> Values:
    """Return what a question takes when so many roles are held on a resource, by one user or by one user each."""
    own = _facts([*((ANNE, f"viewer-{n}", "folder:f") for n in range(roles - 1)), (ANNE, "editor", "folder:f")])
    several = ((f"user:u{n}", f"viewer-{n}", "folder:f") for n in range(roles - 1))
    others = _facts([*several, (ANNE, "editor", "folder:f")])
    question = (ANNE, "folder:edit", FOLDER)
    return {
        "all by the user": microseconds(partial(check, MODEL, own, *question)),
        "by one user each": microseconds(partial(check, MODEL, others, *question)),
    }


def _both(facts: Relationships, thing: Object) -> Values:
    """Return what it takes to allow what her role contains, and to refuse what no role contains."""
    return {
        "allowed": microseconds(partial(check, MODEL, facts, ANNE, "folder:edit", thing)),
        "refused": microseconds(partial(check, MODEL, facts, ANNE, "folder:share", thing)),
    }


def _after_change(facts: Relationships) -> float:
    """Return what the question takes just after some other membership came or went, that change included."""
    question = partial(check, MODEL, facts, ANNE, "folder:edit", FOLDER)
    (other,) = relationships([("user:other", "member", "group:other")])

    def come_and_go() -> None:
        if not facts.add(other):
            facts.remove(other)
        question()

    return microseconds(come_and_go)


def _chain(names: Iterable[str], relation: str) -> Iterator[Fact]:
    return ((upper, relation, lower) for upper, lower in pairwise(names))


def _facts(facts: Iterable[Fact]) -> Relationships:
    return Relationships(relationships(facts))


SHAPES: Final = (
    Shape("depth", "Depth of the tree", "levels above the resource", (1, 2, 4, 8, 16, 32, 64), tree_depth),
    Shape("nesting", "Groups within groups", "groups, each in the next", (1, 2, 4, 8, 16, 32), nesting),
    Shape("groups", "Groups of a user", "groups", (1, 10, 100, 1_000), groups_of_a_user),
    Shape(
        "members",
        "Members of a group",
        "members",
        (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000),
        members_of_a_group,
    ),
    Shape("roles", "Roles held on a resource", "roles held", (1, 10, 100, 1_000), roles_on_a_resource),
)
