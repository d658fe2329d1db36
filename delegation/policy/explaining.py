"""Why a policy's own facts answer a question as they do."""

from dataclasses import dataclass

from authz_core import (
    Allowed,
    Denied,
    EngineError,
    Explanation,
    Reason,
    explain,
    parse_object,
    parse_subject,
    situation,
)
from delegation.policy.facts import context_from
from delegation.policy.faults import Fault, InvalidPolicy, Place, quoted
from delegation.policy.questions import Context, PolicyFile, PolicyTest
from delegation.policy.running import LIMITS, facts_of
from delegation.policy.values.strict_json import read_json_object


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a user has a relation on an object, in a context; and the test whose facts count besides, if any."""

    user: str
    relation: str
    object: str
    context: Context
    test: str | None = None


def explained(policy: PolicyFile, asked: Asked) -> Explanation:
    """Return the decision and what led to it; raise `InvalidPolicy` for a question that cannot be asked."""
    try:
        stored = facts_of(policy, _test(policy, asked.test))
        facts = situation(policy.model.model, stored, context=asked.context, limits=LIMITS)
        user, thing = parse_subject(asked.user), parse_object(asked.object)
        return explain(policy.model.model, facts, user, asked.relation, thing)
    except EngineError as error:
        raise InvalidPolicy(Fault(Place(policy.path), str(error))) from None


def is_decided(explanation: Explanation) -> bool:
    """Tell whether the answer is yes or no, and not that it could not be worked out."""
    match explanation.decision:
        case Denied(reason):
            return reason is Reason.NOT_HELD
        case Allowed():
            return True


def context_in(text: str) -> Context:
    """Return the context that a person typed as JSON."""
    return context_from(read_json_object(text, Place("--context")))


def _test(policy: PolicyFile, name: str | None) -> PolicyTest | None:
    if name is None:
        return None
    for test in policy.tests:
        if test.name == name:
            return test
    raise InvalidPolicy(Fault(Place(policy.path), f"there is no test {quoted(name)}"))
