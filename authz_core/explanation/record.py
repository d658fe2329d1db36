"""An explanation as plain values that JSON can hold, with keys that do not change."""

import json
from typing import Final

from authz_core.decision import Allowed, Decision
from authz_core.evaluation.principals import Holding
from authz_core.explanation.miss import Change, Miss
from authz_core.explanation.proof import Proof, Question, Step
from authz_core.references import Subject
from authz_core.relationships.relationship import Relationship

Record = dict[str, object]

MOST: Final = 1_000
"""Steps, relationships or names that are listed; how many there are is said beside."""


def record_of(question: Question, decision: Decision, reason: Proof | Miss) -> Record:
    """Return the explanation; what is cut is counted."""
    asked: Record = {
        "subject": _subject(question.subject),
        "relation": question.relation,
        "object": question.object,
    }
    if isinstance(decision, Allowed):
        return {"decision": "allowed", "question": asked, **_reason(reason)}
    return {
        "decision": "denied",
        "question": asked,
        "reason": decision.reason.value,
        "detail": decision.detail,
        **_reason(reason),
    }


def _reason(reason: Proof | Miss) -> Record:
    steps: Record = {"steps": [_step(each) for each in reason.steps[:MOST]], "of_steps": len(reason.steps)}
    if isinstance(reason, Proof):
        relationships = [_relationship(each) for each in reason.relationships[:MOST]]
        of = len(reason.relationships)
        return {
            "proof": {"shortest": reason.is_shortest, "relationships": relationships, "of_relationships": of, **steps}
        }
    changes = [_change(each) for each in reason.changes]
    known = list(reason.known[:MOST])
    return {
        "miss": {"kind": reason.kind.value, "changes": changes, "known": known, "of_known": len(reason.known), **steps}
    }


def _subject(subject: Subject | Holding) -> object:
    if isinstance(subject, Holding):
        return {"object": subject.object, "relations": sorted(subject.relations)}
    return subject


def _step(step: Step) -> Record:
    return {
        "kind": step.kind.value,
        "relation": step.relation,
        "object": step.object,
        "expression": step.expression,
        "relationship": _relationship(step.relationship),
        "values": dict(step.values),
        "premises": list(step.premises),
        "operand": step.is_operand,
        "supposed": step.supposed,
    }


def _change(change: Change) -> Record:
    return {
        "kind": change.kind.value,
        "relation": change.relation,
        "object": change.object,
        "relationship": _relationship(change.relationship),
        "detail": change.detail,
        "instead": list(change.instead),
    }


def _relationship(relationship: Relationship | None) -> Record | None:
    if relationship is None:
        return None
    subject, relation, thing = relationship.key
    condition = relationship.condition
    named = None if condition is None else {"name": condition.name, "context": json.loads(condition.context)}
    return {"subject": subject, "relation": relation, "object": thing, "condition": named}
