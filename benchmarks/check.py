"""The engine beside the same walk written by hand: the time of a check, and the memory of a relationship.

Run as `python -m benchmarks.check [SIZE ...]`. Each organization is a tree of four levels with 150 users, who hold
roles themselves and through groups within groups. Half of the questions lie beneath something that the user holds.
"""

import argparse
import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random

from authz_core import (
    Allowed,
    Catalog,
    Model,
    Object,
    Permission,
    Relationship,
    Relationships,
    ResourceType,
    Role,
    Subject,
    build_model,
    check,
    parse_object,
    parse_subject,
    permitted,
)
from benchmarks.figures import CheckFigure

TYPES = ("organization", "workspace", "project", "app")
ACTIONS = ("view", "edit", "deploy", "share", "delete")
PERMISSIONS = {type_: [f"{type_}:{action}" for action in ACTIONS] for type_ in TYPES}
PER_ORGANIZATION = 2_000
USERS, GROUPS, FANOUT = 150, 20, (10, 10, 3)
SIZES = (10_000, 1_000_000)
QUESTIONS = 20_000
PART = 500
DEEPER = 0.8  # how often a question goes one level further down from what the user holds
HOT = 200
ROUNDS = 7

Question = tuple[Subject, str, Object]


def model() -> Model:
    """Return a model of twenty permissions, with three roles at each level."""
    roles = []
    for level, type_ in enumerate(TYPES):
        for name, most in (("viewer", 1), ("editor", 3), ("admin", 5)):
            contained = frozenset(slug for below in TYPES[level:] for slug in PERMISSIONS[below][:most])
            roles.append(Role(f"{type_}-{name}", type_, contained))
    types = tuple(ResourceType(below, (above,)) for above, below in pairwise(TYPES))
    permissions = tuple(Permission(slug, type_) for type_, slugs in PERMISSIONS.items() for slug in slugs)
    return build_model(Catalog(types, permissions, tuple(roles)))


def tree(random: Random) -> tuple[list[list[str]], list[tuple[str, str, str]]]:
    """Return the resources of an organization, level by level, and where they lie."""
    levels = [[name("organization", random)]]
    placed = []
    for type_, fanout in zip(TYPES[1:], FANOUT, strict=True):
        below = [(parent, name(type_, random)) for parent in levels[-1] for _ in range(fanout)]
        placed += [(parent, "parent", child) for parent, child in below]
        levels.append([child for _, child in below])
    return levels, placed


def organization(random: Random) -> Iterator[tuple[str, str, str]]:
    """Iterate over the facts of one organization: a fifth is the tree, an eighth the groups, the rest are roles."""
    levels, placed = tree(random)
    users = [name("user", random) for _ in range(USERS)]
    groups = [name("group", random) for _ in range(GROUPS)]
    facts = dict.fromkeys(placed)
    facts |= {(user, "member", group): None for user in users for group in random.sample(groups, random.choice((1, 2)))}
    facts |= {(f"{inner}#member", "member", outer): None for inner, outer in zip(groups[10:], groups, strict=False)}
    holders = users + [f"{group}#member" for group in groups]
    while len(facts) < PER_ORGANIZATION:
        level = random.choices(range(len(TYPES)), weights=(1, 10, 50, 40))[0]
        role = f"{TYPES[level]}-{random.choice(('viewer', 'viewer', 'editor', 'admin'))}"
        facts[random.choice(holders), role, random.choice(levels[level])] = None
    yield from facts


def name(type_: str, random: Random) -> str:
    """Return a reference with an id as long as those that services give."""
    return f"{type_}:{random.getrandbits(80):020x}"


def facts_of(size: int) -> Iterator[Relationship]:
    """Iterate over the relationships, each with texts of its own as if read from a database."""
    random = Random(size)
    for _ in range(size // PER_ORGANIZATION):
        for subject, relation, thing in organization(random):
            yield Relationship(parse_subject(f"{subject}"), f"{relation}", parse_object(f"{thing}"))


class Hand:
    """The same facts in dicts made for this one question, and the walk that one would write over them."""

    def __init__(self, model: Model, facts: Relationships) -> None:
        self.contained = {slug: role.permissions for slug, role in model.roles.items()}
        self.parent: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.held: dict[str, dict[str, list[str]]] = {}
        for subject, relation, thing in facts:
            if relation == "parent":
                self.parent[thing] = subject
            elif relation == "member":
                self.groups.setdefault(subject, []).append(f"{thing}#member")
            else:
                self.held.setdefault(subject, {}).setdefault(thing, []).append(relation)

    def check(self, user: str, permission: str, thing: str) -> bool:  # noqa: C901 - calls would only make it slower
        """Tell whether a role that the user or one of its groups holds here or above contains the permission."""
        principals = [user]
        for principal in principals:
            for group in self.groups.get(principal, ()):
                if group not in principals:
                    principals.append(group)
        maps = [self.held[principal] for principal in principals if principal in self.held]
        node: str | None = thing
        while node is not None:
            for held in maps:
                roles = held.get(node)
                if roles is not None:
                    for role in roles:
                        if permission in self.contained[role]:
                            return True
            node = self.parent.get(node)
        return False


def questions(hand: Hand, random: Random, count: int) -> list[Question]:
    """Return questions about users, half of them about what lies on or beneath something that the user holds."""
    below: dict[str, list[str]] = {}
    for child, parent in hand.parent.items():
        below.setdefault(parent, []).append(child)
    users = [subject for subject in hand.held if subject.startswith("user:")]
    things = list(hand.parent)
    asked = []
    for number in range(count):
        user = random.choice(users)
        thing = random.choice(list(hand.held[user]) if number % 2 else things)
        while number % 2 and thing in below and random.random() < DEEPER:
            thing = random.choice(below[thing])
        permission = random.choice(PERMISSIONS[thing.partition(":")[0]])
        asked.append((parse_subject(user), permission, parse_object(thing)))
    return asked


@dataclass(frozen=True, slots=True)
class Size:
    """What is measured at one number of relationships."""

    relationships: int
    bytes_each: float
    allowed: float
    """Share of the questions that are answered with yes."""
    checks: tuple[CheckFigure, ...]
    permitted: float
    """Microseconds to find which of the model's twenty permissions a user has."""


def measure(size: int) -> Size:
    """Return the figures at about this many relationships."""
    meaning = model()
    tracemalloc.start()
    facts = Relationships(facts_of(size))
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    hand = Hand(meaning, facts)
    asked = questions(hand, Random(size), QUESTIONS)
    answers = [isinstance(check(meaning, facts, *question), Allowed) for question in asked]
    if answers != [hand.check(*question) for question in asked]:
        raise RuntimeError("the two walks disagree: their times mean nothing")
    gc.collect()
    gc.freeze()
    every = frozenset(slug for slugs in PERMISSIONS.values() for slug in slugs)
    one = partial(check, meaning, facts)
    engine, by_hand = fastest(asked, one, hand.check)
    hot_engine, hot_by_hand = fastest(asked[:HOT] * 10, one, hand.check)
    (at_once,) = fastest(asked, lambda user, _, thing: permitted(meaning, facts, user, thing, every))
    title = f"{len(facts):,} relationships"
    return Size(
        relationships=len(facts),
        bytes_each=memory / len(facts),
        allowed=sum(answers) / len(answers),
        checks=(
            CheckFigure(f"{title}, questions spread", engine, by_hand),
            CheckFigure(f"{title}, the same {HOT} questions", hot_engine, hot_by_hand),
        ),
        permitted=at_once,
    )


def fastest(asked: Sequence[Question], *ways: Callable[[Subject, str, Object], object]) -> list[float]:
    """Return the microseconds that a question takes each way, asked in turns, each part at its fastest.

    Other work on the machine slows a part of a round, seldom the same part of each.
    """
    parts = [asked[start : start + PART] for start in range(0, len(asked), PART)]
    best = [[math.inf] * len(parts) for _ in ways]
    for _ in range(ROUNDS):
        for number, part in enumerate(parts):
            for times, way in zip(best, ways, strict=True):
                begun = time.perf_counter()
                for user, permission, thing in part:
                    way(user, permission, thing)
                times[number] = min(times[number], time.perf_counter() - begun)
    return [sum(times) / len(asked) * 1_000_000 for times in best]


def check_figures(sizes: Sequence[int] = SIZES) -> tuple[CheckFigure, ...]:
    """Return the times of a check beside those of the walk written by hand, at each size."""
    return tuple(figure for size in sizes for figure in measure(size).checks)


def main() -> None:
    """Print the figures as a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("sizes", metavar="SIZE", type=int, nargs="*", default=SIZES, help="numbers of relationships")
    print(f"{'':>46} {'engine us':>10} {'hand us':>10} {'ratio':>6}")
    for size in parser.parse_args().sizes:
        measured = measure(size)
        for figure in measured.checks:
            print(f"{figure.title:>46} {figure.engine:>10.2f} {figure.by_hand:>10.2f} {figure.ratio:>6.2f}")
        print(
            f"{'':>46} {measured.bytes_each:.0f} bytes for each relationship, {measured.allowed:.0%} of the questions"
            f" allowed, {measured.permitted:.2f} us for twenty permissions at once"
        )


if __name__ == "__main__":
    main()
