"""One sentence for each step of a proof and for each change."""

from typing import Final

from authz_core.evaluation.principals import Holding
from authz_core.explanation.miss import Change, ChangeKind
from authz_core.explanation.proof import Question, Step, StepKind
from authz_core.references import Subject, type_of
from authz_core.relationships.relationship import Relationship

CLAIMS: Final = {
    StepKind.DIRECT: "{subject} has {relation} on {object}",
    StepKind.WILDCARD: "every {type} has {relation} on {object}",
    StepKind.USERSET: "whoever has {below} on {there} has {relation} on {object}",
    StepKind.FROM_PARENT: "whoever has {below} on {there} has {relation} on {object}",
    StepKind.ITSELF: "{subject} is the very set of those who have {relation} on {object}",
    StepKind.HELD: "{subject} has {relation} on {object} by definition",
    StepKind.COMPUTED: "whoever has {below} on {object} has {relation} on it",
    StepKind.ROLE: "role {below} gives {relation} on {object}",
    StepKind.UNION: "{relation} on {object}{meaning}: one of these is so",
    StepKind.INTERSECTION: "{relation} on {object}{meaning}: each of these is so",
    StepKind.EXCLUSION: "{relation} on {object}{meaning}: each of these is so",
    StepKind.ABSENT: "{relation} does not {count} on {object}{because}",
}
"""What each kind of step says."""


def named(subject: Subject | Holding) -> str:
    """Return how the subject is called in a sentence."""
    if isinstance(subject, Holding):
        return f"a holder of {', '.join(sorted(subject.relations)) or 'nothing'} on {subject.object}"
    return subject


def stored(relationship: Relationship) -> str:
    """Return the relationship as it is written down."""
    condition = "" if relationship.condition is None else f" with {relationship.condition.name}"
    return f"[{' '.join(relationship.key)}{condition}]"


def said(question: Question, steps: tuple[Step, ...], step: Step) -> str:
    """Return the sentence for a step."""
    rests_on = "" if step.relationship is None else f" {stored(step.relationship)}"
    return f"{_claim(question, steps, step)}{rests_on}{_met(step)}{' (if changed)' if step.supposed else ''}"


def wanted(change: Change) -> str:
    """Return the sentence for a change."""
    on = "" if change.relationship is None else stored(change.relationship)
    match change.kind:
        case ChangeKind.MEET:
            return f"{on} would have to count: {change.detail}"
        case ChangeKind.FAIL:
            return f"{on} would have to be known not to count: {change.detail}"
        case ChangeKind.REMOVE:
            return f"{on} takes it away and would have to go"
        case ChangeKind.CONTAIN:
            instead = f"; instead of it would do {', '.join(change.instead)}" if change.instead else ""
            held = f", held by {on}," if on else ""
            return f"role {change.relation} on {change.object}{held} does not contain {change.detail}{instead}"
        case ChangeKind.ADD:
            return f"{on} is missing"
        case _:
            return f"{change.relation} on {change.object} would have to be held too"


def _met(step: Step) -> str:
    if step.relationship is None or step.relationship.condition is None or step.supposed:
        return ""
    values = ", ".join(f"{name} = {value}" for name, value in step.values)
    return f", where {step.relationship.condition.name} is met{': ' if values else ''}{values}"


def _claim(question: Question, steps: tuple[Step, ...], step: Step) -> str:
    below = steps[step.premises[0]] if step.premises else step
    return CLAIMS[step.kind].format(
        subject=named(question.subject),
        type=type_of(step.relationship.subject) if step.relationship else "",
        relation=step.expression if step.is_operand else step.relation,
        object=step.object,
        meaning="" if step.is_operand else f" is {step.expression}",
        below=below.relation,
        there=below.object,
        count="count" if isinstance(question.subject, Holding) else "hold",
        because=", because" if step.premises else "",
    )
