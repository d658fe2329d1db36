"""What is measured at one number of relationships: memory, loading, checks, and listings. Each size in its own process.

The memory of a relationship is what the process has grown by, everything included that an allocator keeps for itself:
counting object by object would be kinder, and is far too slow at ten million.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final, cast

from authz_core import Allowed, Model, Object, Relationship, Relationships, Subject, check, permitted
from benchmarks.engine.by_hand import Hand
from benchmarks.engine.listing import ListingFigure, listing_figures
from benchmarks.engine.organizations import PERMISSIONS, Question, facts_of, model, questions
from benchmarks.engine.timing import Took, Watch, fastest, resident, settle
from benchmarks.figures import CheckFigure

QUESTIONS: Final = 20_000
HOT: Final = 200
WEIGHED: Final = 100_000
"""From so many relationships on, what a process grows by is more than a rounding error."""
LOADED: Final = 1_000_000
"""Up to so many relationships are kept as text, too, and loaded from it once more."""


@dataclass(frozen=True, slots=True)
class SizeFigure:
    """What is found at one number of relationships. Times in microseconds where nothing else is said."""

    relationships: int
    checks: tuple[CheckFigure, ...]
    permitted: float
    """To find which of the model's twenty permissions a user has."""
    allowed: float
    """Share of the questions that are answered with yes."""
    bytes_each: float | None
    loading: Took | None
    listings: tuple[ListingFigure, ...]


def measure(size: int, answers: tuple[int, ...] = (), count: int = QUESTIONS) -> SizeFigure:
    """Return the figures at about this many relationships, with listings of so many answers each."""
    meaning = model()
    before = resident()
    facts = Relationships(facts_of(size))
    after = resident()
    weighed = before is not None and after is not None and size >= WEIGHED
    loading = loaded(facts) if size <= LOADED else None
    hand = Hand(meaning, facts)
    asked = questions(hand, Random(size), count)
    allowed = compared(meaning, facts, hand, asked)
    settle()
    title = f"{len(facts):,} relationships"
    return SizeFigure(
        relationships=len(facts),
        checks=(
            _beside(meaning, facts, hand, asked, f"{title}, questions spread"),
            _beside(meaning, facts, hand, asked[:HOT] * 10, f"{title}, the same {HOT} questions"),
        ),
        permitted=_twenty(meaning, facts, asked),
        allowed=allowed,
        bytes_each=((after or 0) - (before or 0)) / len(facts) if weighed else None,
        loading=loading,
        listings=listing_figures(meaning, facts, answers),  # The last: it adds to the facts.
    )


def compared(model: Model, facts: Relationships, hand: Hand, asked: list[Question]) -> float:
    """Return the share of questions that are allowed; raise where the two walks disagree."""
    answers = [isinstance(check(model, facts, *question), Allowed) for question in asked]
    if answers != [hand.check(*question) for question in asked]:
        raise RuntimeError("the two walks disagree: their times mean nothing")
    return sum(answers) / len(answers)


def loaded(facts: Relationships) -> Took:
    """Return how long it takes to index these facts anew, each name a text of its own as if from a database."""
    text = "\n".join(f"{subject} {relation} {thing}" for subject, relation, thing, _ in facts)
    settle()
    watch = Watch()
    Relationships(_lines(text))
    return watch.read()


def _lines(text: str) -> Iterator[Relationship]:
    for line in text.splitlines():
        subject, relation, thing = line.split(" ")
        yield Relationship(cast("Subject", subject), relation, Object(thing))


def _beside(model: Model, facts: Relationships, hand: Hand, asked: list[Question], title: str) -> CheckFigure:
    engine, by_hand = fastest((partial(check, model, facts), asked), (hand.check, asked))
    return CheckFigure(title, engine, by_hand)


def _twenty(model: Model, facts: Relationships, asked: list[Question]) -> float:
    every = frozenset(slug for slugs in PERMISSIONS.values() for slug in slugs)
    (took,) = fastest((lambda user, _, thing: permitted(model, facts, user, thing, every), asked))
    return took
