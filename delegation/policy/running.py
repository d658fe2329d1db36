"""Running the tests of a policy, each on a fresh set of facts, and counting how they end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from authz_core import EngineError, Limits, Relationships, situation
from delegation.policy.answering import Answer, Scene, Unanswered
from delegation.policy.questions import Assertion, Check, ListObjects, ListUsers, PolicyFile, PolicyTest

LIMITS: Final = Limits(hops=24)
"""How far one question goes: as far as OpenFGA's own server does."""

KINDS: Final = {Check: "Checks", ListObjects: "ListObjects", ListUsers: "ListUsers"}
"""Each form of question → what it is called in summaries."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an assertion ended: the answer, or why there is none; and, of one that fails, why it is the answer."""

    assertion: Assertion
    got: Answer | None
    error: str = ""
    why: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether the answer is the expected one."""
        return self.got == _comparable(self.assertion)


@dataclass(frozen=True, slots=True)
class Result:
    """How the assertions of one test ended."""

    test: PolicyTest
    outcomes: tuple[Outcome, ...]

    @property
    def has_passed(self) -> bool:
        """Whether every assertion holds."""
        return all(outcome.has_passed for outcome in self.outcomes)


def run(policy: PolicyFile) -> tuple[Result, ...]:
    """Return how the tests of the policy end."""
    return tuple(Result(test, tuple(_outcomes(policy, test))) for test in policy.tests)


def facts_of(policy: PolicyFile, test: PolicyTest | None) -> Relationships:
    """Return the facts of all tests and those of one of them."""
    own = () if test is None else test.facts
    return Relationships(fact.relationship for fact in chain(policy.facts, own))


def counts(results: Iterable[Result]) -> dict[str, tuple[int, int]]:
    """Return how many of each kind of question are answered as expected, and of how many; kinds never asked not."""
    found: dict[str, tuple[int, int]] = {}
    outcomes = [outcome for result in results for outcome in result.outcomes]
    for form, name in KINDS.items():
        ended = [each.has_passed for each in outcomes if isinstance(each.assertion.question, form)]
        if ended:
            found[name] = sum(ended), len(ended)
    return found


def _outcomes(policy: PolicyFile, test: PolicyTest) -> Iterator[Outcome]:
    stored = facts_of(policy, test)
    for assertion in test.assertions:
        try:
            facts = situation(policy.model.model, stored, context=assertion.context, limits=LIMITS)
            yield _ended(Scene(policy.model.model, facts), assertion)
        except (EngineError, Unanswered) as error:
            yield Outcome(assertion, None, str(error))


def _ended(scene: Scene, assertion: Assertion) -> Outcome:
    got = scene.answer(assertion.question)
    if got == _comparable(assertion):
        return Outcome(assertion, got)
    return Outcome(assertion, got, why=scene.reasons(assertion.question, got))


def _comparable(assertion: Assertion) -> Answer:
    """Return what is expected in the order that answers have."""
    expected = assertion.question.expected
    return expected if isinstance(expected, bool) else tuple(sorted(expected))
