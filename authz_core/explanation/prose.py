"""An explanation as text that a person reads from top to bottom: what is above holds because of what is below."""

from collections.abc import Mapping
from typing import Final

from authz_core.decision import Allowed, Decision
from authz_core.evaluation.principals import Holding
from authz_core.explanation.miss import Miss, MissKind
from authz_core.explanation.proof import Proof, Question, Step, StepKind
from authz_core.explanation.sentences import named, said, stored, wanted
from authz_core.references import type_of

FIRST: Final = 60
"""Lines of a proof that are shown from its beginning."""

LAST: Final = 20
"""Lines that are shown from its end where not all of them are."""

NAMES: Final = 20
"""Names that are listed."""

DEEPEST: Final = 12
"""How far lines are moved to the right."""


SUMMARIES: Final[Mapping[MissKind | None, str]] = {
    None: "it would be allowed with {changes}:",
    MissKind.OPERAND: "it lacks {known}; it would be allowed with {changes}:",
    MissKind.EXCLUDED: "it is granted, and taken away again by {known}:",
    MissKind.CIRCULAR: "it would hold, but the answer hangs on itself:",
    MissKind.UNKNOWN: "the model does not have such a name; it has {names}",
    MissKind.NOT_DELEGABLE: "no bound stands on an object of type {type}",
    MissKind.ADMINISTRATIVE: "{relation} is administrative, and no bound lets it through",
    MissKind.TOO_COMPLEX: "there is more to look at than the question may take steps",
    MissKind.NOTHING: "no change was found that would allow it",
}
"""What is said of each kind of miss; the common one is said by its changes."""


def text_of(question: Question, decision: Decision, reason: Proof | Miss) -> str:
    """Return the explanation as lines."""
    asked = f"{question.relation} on {question.object}"
    if isinstance(reason, Proof):
        return "\n".join([f"allowed: {named(question.subject)} has {asked}", *_proved(question, reason)])
    why = "" if isinstance(decision, Allowed) else _why(decision.reason, decision.detail)
    denied = f"denied{why}: {named(question.subject)} does not have {asked}"
    return "\n".join([denied, *_missed(question, reason)])


def _why(reason: str, detail: str) -> str:
    return f" as {reason}{f' ({detail})' if detail else ''}"


def _proved(question: Question, proof: Proof) -> list[str]:
    if proof.steps:
        return _cut(_tree(question, proof.steps))
    return [
        "  by these relationships, perhaps not the fewest:",
        *_cut([f"  {stored(each)}" for each in proof.relationships]),
    ]


def _missed(question: Question, miss: Miss) -> list[str]:
    lines = [f"  {_summary(question, miss)}"]
    lines += [f"  - {wanted(change)}" for change in miss.changes]
    if miss.changes:
        lines.append("  then:")
    return lines + _cut([f"  {line}" for line in _tree(question, miss.steps)])


def _summary(question: Question, miss: Miss) -> str:
    holding = question.subject
    return SUMMARIES[_summed(miss)].format(
        changes="this change" if len(miss.changes) == 1 else f"these {len(miss.changes)} changes together",
        known=" and ".join(miss.known),
        names=_listed(miss.known),
        relation=question.relation,
        type=type_of(holding.object) if isinstance(holding, Holding) else "",
    )


def _summed(miss: Miss) -> MissKind | None:
    """Return the kind of the summary, or none for the common one."""
    return miss.kind if miss.kind is MissKind.OPERAND or not miss.changes else None


def _listed(names: tuple[str, ...]) -> str:
    more = f" … and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return (", ".join(names[:NAMES]) or "nothing") + more


def _tree(question: Question, steps: tuple[Step, ...]) -> list[str]:
    """Return a line for each step; only where there are several premises, they move to the right."""
    lines: list[str] = []
    waiting = [(0, 1)] if steps else []
    told: set[int] = set()
    while waiting:
        number, depth = waiting.pop()
        step = steps[number]
        if number in told:
            lines.append(f"{'  ' * min(depth, DEEPEST)}{step.relation} on {step.object}, as above")
            continue
        told.add(number)
        if not _is_silent(step):
            lines.append(f"{'  ' * min(depth, DEEPEST)}{said(question, steps, step)}")
        inner = depth + (step.kind in {StepKind.INTERSECTION, StepKind.EXCLUSION, StepKind.ABSENT})
        waiting.extend((premise, inner) for premise in reversed(step.premises))
    return lines


def _is_silent(step: Step) -> bool:
    """Tell whether the line above and the one below say it all: a choice of a union, an operand that is a relation."""
    return step.kind is StepKind.UNION or (step.kind is StepKind.COMPUTED and step.is_operand)


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= FIRST + LAST:
        return lines
    return [*lines[:FIRST], f"  … and {len(lines) - FIRST - LAST} more", *lines[-LAST:]]
