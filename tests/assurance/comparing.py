"""The engine held against its twin, and its lists against its own single answers, on worlds drawn at random."""

from collections.abc import Callable, Iterator
from random import Random

from authz_core import (
    Allowed,
    Relationships,
    Situation,
    Subject,
    Unanswerable,
    check,
    kind_of,
    list_objects,
    list_subjects,
    type_of,
)
from tests.authz_core.agreement import differences, facing
from tests.authz_core.worlds import Question, World

Draw = Callable[[Random], World]
Facts = Relationships | Situation

WORLDS = 60


def assert_agreement(draw: Draw, worlds: int = WORLDS) -> None:
    """The engine and its twin, which shares no code with it, give the same answers."""
    for seed in range(worlds):
        assert differences(draw(Random(seed))) == [], f"world {seed}"


def assert_lists_are_answers(draw: Draw, worlds: int = WORLDS) -> None:
    """A list holds those for whom a single question is answered with yes, and all of them."""
    for seed in range(worlds):
        world = draw(Random(seed))
        for question in world.questions:
            if question.relation in world.model.types[type_of(question.object)]:
                assert [*_differences(world, question)] == [], f"world {seed}"


def _differences(world: World, question: Question) -> Iterator[str]:
    facts = facing(world, Relationships(world.facts), question)
    told = (*world.facts, *question.contextual)
    yield from _objects(world, question, facts, {each.object for each in told})
    yield from _subjects(world, question, facts, {each.subject for each in told})


def _objects(world: World, question: Question, facts: Facts, known: set[str]) -> Iterator[str]:
    type_ = type_of(question.object)
    try:
        listed = list_objects(world.model, facts, question.subject, question.relation, type_).items
    except Unanswerable:
        return
    for thing in {each for each in known if each.startswith(f"{type_}:")} | {*listed}:
        decision = check(world.model, facts, question.subject, question.relation, thing)  # type: ignore[arg-type]  # texts
        if isinstance(decision, Allowed) is not (thing in listed):
            yield f"{question} for {thing}: {decision}, listed are {listed}"


def _subjects(world: World, question: Question, facts: Facts, known: set[Subject]) -> Iterator[str]:
    form = kind_of(next(iter(sorted(known)), "user:nobody")).removesuffix(":*")  # type: ignore[arg-type]  # plain text
    if "#" in form and form.partition("#")[2] not in world.model.types[form.partition("#")[0]]:
        return
    try:
        listed = list_subjects(world.model, facts, question.relation, question.object, form).items
    except Unanswerable:
        return
    is_open = f"{form}:*" in listed
    for subject in {each for each in known if kind_of(each) == form} | {*listed}:
        decision = check(world.model, facts, subject, question.relation, question.object)
        # Beside everyone, those are not listed who are in by that alone.
        if isinstance(decision, Allowed) is not (subject in listed) and not (is_open and isinstance(decision, Allowed)):
            yield f"{question} for {subject}: {decision}, listed are {listed}"
