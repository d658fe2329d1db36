"""How an answer of the engine is held against that of its twin, for a question with all that it brings along."""

from collections.abc import Iterator

from authz_core import (
    Allowed,
    Decision,
    Denied,
    Limits,
    Reason,
    Relationship,
    Relationships,
    Situation,
    check,
    situation,
)
from tests.authz_core.fitting import fits_somewhere
from tests.authz_core.oracle import YES, Answer, Told, TooLong, met, oracle
from tests.authz_core.worlds import Question, World

TROUBLES = {Reason.CONTEXT_MISSING, Reason.CONDITION_FAILED, Reason.TOO_COMPLEX}


def facing(
    world: World, stored: Relationships, question: Question, limits: Limits | None = None
) -> Relationships | Situation:
    """The facts, with what the question brings along."""
    if limits is None and not question.context and not question.contextual:
        return stored
    return situation(
        world.model,
        stored,
        context=question.context,
        contextual=question.contextual,
        limits=limits or Limits(),
    )


def answered(world: World, stored: Relationships, question: Question, limits: Limits | None = None) -> Decision:
    """The engine's answer."""
    facts = facing(world, stored, question, limits)
    return check(world.model, facts, question.subject, question.relation, question.object)


def expected(world: World, question: Question, hops: int | None = None) -> Answer:
    """The answer of the twin."""
    told = Told(world.facts, question.contextual, question.context, hops)
    return oracle(world.model, told, question.subject, question.relation, question.object)


def differences(world: World) -> list[str]:
    """Name whatever in the world is not as it should be."""
    stored = Relationships(world.facts)
    return [f"{question}: {what}" for question in world.questions for what in _differences(world, stored, question)]


def _differences(world: World, stored: Relationships, question: Question) -> Iterator[str]:
    try:
        answer = expected(world, question)
    except TooLong:
        return
    decision = answered(world, stored, question)
    if not agree(world, question, decision, answer):
        yield f"{decision}, but the twin says {answer}"
    elif isinstance(decision, Allowed):
        yield from unproven(world, question, decision.path)


def agree(world: World, question: Question, decision: Decision, answer: Answer) -> bool:
    """Whether the answers are the same."""
    match decision:
        case Allowed():
            return answer == YES
        case Denied(reason, detail) if answer.troubles:
            is_true = is_trouble(world, question, reason, detail)
            return is_true and reason <= min(because for because, _ in answer.troubles)
        case Denied(reason):
            return answer != YES and reason not in TROUBLES


def is_trouble(world: World, question: Question, reason: Reason, detail: str) -> bool:
    """Whether the detail names a relationship and its condition, of which the reason is true.

    Memberships are looked at before it is known whether they matter, so it may be one that the definitions do not come
    to; then there is another one that they come to, which is not told either.
    """
    troubles = {
        trouble
        for fact in (*world.facts, *question.contextual)
        if fits_somewhere(world.model, fact)
        for trouble in met(world.model, fact, question.context).troubles
    }
    return any(because is reason and all(word in detail for word in where.split()) for because, where in troubles)


def unproven(world: World, question: Question, path: tuple[Relationship, ...]) -> Iterator[str]:
    """Say where the path was never stored, or is by itself no proof."""
    if not set(path) <= {*world.facts, *question.contextual}:
        yield f"{path} was never stored"
    stored = tuple(each for each in path if each in world.facts)
    brought = tuple(each for each in path if each in question.contextual)
    for contextual in (question.contextual, brought):
        bare = Question(question.subject, question.relation, question.object, question.context, contextual)
        replayed = answered(world, Relationships(stored), bare)
        if not isinstance(replayed, Allowed):
            yield f"{path} with {contextual} alone gives {replayed}"
