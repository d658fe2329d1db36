"""Documents in folders, shared with people and groups: a model of relations, without any role.

A viewer of a document is whoever was made one there or further up, is an editor, or is everyone where it is public;
but nobody who is blocked. The engine is measured alone here: no other library at hand answers this model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from authz_core import (
    Allowed,
    Object,
    Relationship,
    RelationshipCondition,
    Relationships,
    check,
    load_model,
    parse_object,
    parse_subject,
    situation,
)
from benchmarks.engine.organizations import Fact, Question, name, relationships
from benchmarks.engine.timing import fastest, microseconds, settle

QUESTIONS: Final = 10_000
PER_TEAM: Final = 2_000
_USERS, _GROUPS, _FOLDERS, _DOCUMENTS = 100, 16, 60, 400
_KINDS: Final = ("everyone", "blocked", "folder", "document")
_WEIGHTS: Final = (2, 8, 15, 75)
"""Of a hundred things shared, so many of each kind."""

MODEL: Final = """
model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type folder
  relations
    define parent: [folder]
    define editor: [user, group#member] or editor from parent
    define viewer: [user, group#member] or editor or viewer from parent

type document
  relations
    define parent: [folder]
    define blocked: [user, group#member]
    define editor: [user, group#member] or editor from parent
    define viewer: ([user, user:*, group#member] or editor or viewer from parent) but not blocked
    define guest: [user, user with unexpired]

condition unexpired(now: timestamp, until: timestamp) {
  now < until
}
"""


@dataclass(frozen=True, slots=True)
class DocumentFigure:
    """What a check takes at one number of relationships. Times in microseconds."""

    relationships: int
    editor: float
    """A relation without exclusion."""
    viewer: float
    """A relation with exclusion."""
    allowed: float
    """Share of both questions that are answered with yes."""


@dataclass(frozen=True, slots=True)
class ConditionFigure:
    """What a check takes, in microseconds."""

    without: float
    """By a relationship without a condition, of the same relation."""
    conditional: float
    """By one with a condition, which is evaluated; the question brings a context of its own along."""


def measure(size: int, count: int = QUESTIONS) -> DocumentFigure:
    """Return the figures at about this many relationships."""
    model = load_model(MODEL)
    facts = Relationships(_facts_of(size))
    asked = list(_questions(facts, Random(size), count))
    ask = partial(check, model, facts)
    editor, viewer = ([(user, relation, thing) for user, _, thing in asked] for relation in ("editor", "viewer"))
    allowed = sum(isinstance(ask(*question), Allowed) for question in (*editor, *viewer))
    settle()
    took_editor, took_viewer = fastest((ask, editor), (ask, viewer))
    return DocumentFigure(len(facts), took_editor, took_viewer, allowed / (2 * count))


def measure_condition() -> ConditionFigure:
    """Return what a condition adds to a check."""
    model, thing = load_model(MODEL), parse_object("document:roadmap")
    anne, bo = parse_object("user:anne"), parse_object("user:bo")
    until = RelationshipCondition.of("unexpired", {"until": "2030-01-01T00:00:00Z"})
    facts = Relationships((Relationship(anne, "guest", thing), Relationship(bo, "guest", thing, until)))
    context = {"now": "2029-12-31T23:59:59Z"}

    def ask(user: Object) -> bool:
        return isinstance(check(model, situation(model, facts, context=context), user, "guest", thing), Allowed)

    if not (ask(anne) and ask(bo)):
        raise RuntimeError("a guest is refused: what it takes means nothing")
    return ConditionFigure(microseconds(partial(ask, anne)), microseconds(partial(ask, bo)))


def _facts_of(size: int) -> Iterator[Relationship]:
    random = Random(size)
    for _ in range(size // PER_TEAM):
        yield from relationships(_team(random))


def _team(random: Random) -> Iterator[Fact]:
    """Iterate over the facts of one team: a quarter is the tree, a tenth the groups, the rest is what is shared."""
    users, groups, folders, documents = (
        [name(type_, random) for _ in range(count)]
        for type_, count in (("user", _USERS), ("group", _GROUPS), ("folder", _FOLDERS), ("document", _DOCUMENTS))
    )
    # Each folder lies in an earlier one, the first ones wide: some four levels.
    facts: dict[Fact, None] = {
        (folders[(number - 1) // 4], "parent", folder): None for number, folder in enumerate(folders) if number
    }
    facts |= {(random.choice(folders), "parent", document): None for document in documents}
    facts |= {(user, "member", group): None for user in users for group in random.sample(groups, random.choice((1, 2)))}
    facts |= {(f"{inner}#member", "member", outer): None for inner, outer in zip(groups[8:], groups, strict=False)}
    holders = users + [f"{group}#member" for group in groups]
    while len(facts) < PER_TEAM:
        facts[_shared(random, holders, folders, documents)] = None
    yield from facts


def _shared(random: Random, holders: list[str], folders: list[str], documents: list[str]) -> Fact:
    """Return one thing shared: mostly documents, some taken away again, a few with everyone."""
    kind = random.choices(_KINDS, _WEIGHTS)[0]
    thing = random.choice(folders if kind == "folder" else documents)
    if kind == "everyone":
        return "user:*", "viewer", thing
    relation = "blocked" if kind == "blocked" else random.choice(("viewer", "viewer", "editor"))
    return random.choice(holders), relation, thing


def _questions(facts: Relationships, random: Random, count: int) -> Iterator[Question]:
    """Iterate over questions about people: half about a document that they hold something on, half about any other."""
    held = [
        (subject, thing)
        for subject, _, thing, _ in facts
        if subject.startswith("user:") and subject != "user:*" and thing.startswith("document:")
    ]
    for number in range(count):
        subject, thing = random.choice(held)
        yield parse_subject(subject), "viewer", thing if number % 2 else random.choice(held)[1]
