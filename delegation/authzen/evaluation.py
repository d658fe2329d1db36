"""Evaluation: a service asks whether somebody may do something, once or many times at once (AuthZEN 1.0 §6, §7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from authz_core import Allowed, Object
from delegation.authority.effective import Presented
from delegation.authority.explaining import explained
from delegation.authority.reach import Who, decided, permissions_of
from delegation.authority.refusal import Refusal, Term
from delegation.authority.tally import Asked, Said, Verdict, count
from delegation.authzen.charging import Weighed, all_charged, charged
from delegation.authzen.hearing import Hearing, Standing, hear, resource_of
from delegation.authzen.questions import Batch, Faulty, Question
from delegation.oauth.headers import Headers
from delegation.oauth.office import Office
from delegation.oauth.server import Answer
from delegation.state.world import World
from delegation.telemetry.tracing import span

MOST: Final = 100
"""Questions in a batch at most."""
EXPLAINED: Final = 10
"""Answers of a batch that are explained at most: each takes the time of many answers, and nobody else's turn comes."""


class Evaluation:
    """Answers the questions of services."""

    def __init__(self, office: Office) -> None:
        """Answer with the parts of an office."""
        self._office = office

    async def evaluate(self, question: Question, headers: Headers, *, within: float = 0.0) -> Answer:
        """Return the AuthZEN answer for the service that authenticates by `headers`.

        It is worked out from facts at most `within` seconds old. Raises InvalidClient when the service does not
        authenticate, StoreUnavailable when newer revisions have to be read and cannot be.
        """
        hearing = await hear(self._office, (question,), headers, within=within)
        with span("decision"):
            weighed = _weighed(hearing, question)
        answer = await charged(self._office.pictures, weighed)
        count(Asked.EVALUATION, _said(answer))
        return Answer(HTTPStatus.OK, answer, age=hearing.age)

    async def evaluate_all(self, batch: Batch, headers: Headers, *, within: float = 0.0) -> Answer:
        """Return the answers to a batch, all worked out from what one read found. Raises what `evaluate` raises."""
        hearing = await hear(self._office, batch.questions, headers, within=within)
        with span("decision", questions=len(batch.items)):
            weighed = [_weighed(hearing, item) for item in _explained_at_most(batch.items)]
        answers = await all_charged(self._office.pictures, weighed, batch.semantic)
        for each in answers:
            count(Asked.EVALUATION, _said(each))
        return Answer(HTTPStatus.OK, {"evaluations": answers}, age=hearing.age)


def _explained_at_most(items: Sequence[Question | Faulty]) -> Iterator[Question | Faulty]:
    """Yield the items of a batch, of which only the first that ask for an explanation still do."""
    left = EXPLAINED
    for item in items:
        if isinstance(item, Question) and item.explain:
            left -= 1
            yield item if left >= 0 else replace(item, context={**item.context, "explain": False})
        else:
            yield item


def _weighed(hearing: Hearing, item: Question | Faulty) -> Weighed:
    """Return the answer to a question and what it uses, while the pictures stand still."""
    if isinstance(item, Faulty):
        return Weighed(_faulty(item))
    standing = hearing.standing(item)
    answer = _answer(hearing, item, standing)
    return Weighed(answer, hearing.chain(item, standing), hearing.now) if answer["decision"] else Weighed(answer)


def _said(answer: Mapping[str, Any]) -> Said:
    """Return what came of a question, as it is told."""
    if answer["decision"]:
        return Verdict.ALLOWED
    failing = answer["context"].get("failing")
    return Verdict.OTHER if failing is None else Term(failing["term"])


def _faulty(item: Faulty) -> dict[str, Any]:
    return {"decision": False, "context": {"error": {"status": item.status, "message": item.message}}}


def _answer(hearing: Hearing, question: Question, standing: Standing | Refusal) -> dict[str, Any]:
    if isinstance(standing, Refusal):
        # A service that gets no answers is not told either how far an organization is.
        return _told(standing, {})
    world, who, resource = standing.world, standing.who, resource_of(question.resource)
    revision = {"revision": world.organization.revision}
    if isinstance(who, Refusal):
        return _told(who, revision)
    if isinstance(resource, Refusal):
        return _told(resource, revision)
    more = _explanation(world, who, resource, hearing.now) if question.explain else {}
    return _told(decided(world, who, question.action, resource, hearing.now), revision | more)


def _explanation(world: World, who: Who, resource: Object, now: int) -> dict[str, Any]:
    if isinstance(who, Presented):
        return {"explanation": explained(world, who, resource, now).shown()}
    return {"explanation": {"resource": resource, "effective": sorted(permissions_of(world, who, resource, now))}}


def _told(decision: Allowed | Refusal, context: Mapping[str, Any]) -> dict[str, Any]:
    match decision:
        case Allowed(path):
            proof = [f"{fact.subject} {fact.relation} {fact.object}" for fact in path]
            return {"decision": True, "context": {"path": proof, **context}}
        case Refusal():
            return {"decision": False, "context": {**decision.shown(), **context}}
