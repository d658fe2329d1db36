"""Whether a question would be allowed if something changed, asked of `check` on a copy of the facts that matter."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from authz_core.decision import Allowed
from authz_core.evaluation.checking import check
from authz_core.evaluation.principals import Holding
from authz_core.explanation.miss import Change, ChangeKind
from authz_core.explanation.proof import Question
from authz_core.explanation.reading import Reading
from authz_core.model.policy import Model, Role
from authz_core.model.rewrites import (
    Direct,
    Exclusion,
    Intersection,
    Restriction,
    Rewrite,
    Union,
)
from authz_core.relationships.relationship import Relationship

Undo = Callable[[], object]


class Trial:
    """One question, asked again and again under other circumstances."""

    def __init__(self, model: Model, reading: Reading, question: Question) -> None:
        """Copy the relationships that the answer may hang on."""
        self._contextual, self._stored = reading.replica()
        self._situation = replace(reading.situation, stored=self._stored, contextual=self._contextual)
        self._model = _without_conditions(model)
        self._question = question

    def allows(self, changes: Iterable[Change]) -> bool:
        """Tell whether the question is allowed with all these changes."""
        model, subject = self._model, self._question.subject
        undone: list[Undo] = []
        for change in changes:
            if change.kind is ChangeKind.CONTAIN:
                model = model.with_roles(_with_permission(model.roles, change.relation, change.detail))
            elif change.relationship is None:
                # Only an imaginary holder is advised to hold something.
                subject = _holding_too(cast("Holding", subject), change.relation)
            else:
                undone.extend(self._make(change.kind, change.relationship))
        decision = check(model, self._situation, subject, self._question.relation, self._question.object)
        for undo in reversed(undone):
            undo()
        return isinstance(decision, Allowed)

    def _make(self, kind: ChangeKind, relationship: Relationship) -> Iterator[Undo]:
        """Change the copied facts, and iterate over what undoes it."""
        for facts in (self._contextual, self._stored):
            if facts.holds(relationship.key):
                before = facts.stored(*relationship.key)
                facts.remove(before)
                yield partial(facts.add, before)
        if kind in {ChangeKind.ADD, ChangeKind.MEET}:
            certain = relationship._replace(condition=None)
            self._stored.add(certain)
            yield partial(self._stored.remove, certain)


def _with_permission(roles: Mapping[str, Role], slug: str, permission: str) -> Mapping[str, Role]:
    role = roles[slug]
    return {**roles, slug: replace(role, permissions=role.permissions | {permission})}


def _holding_too(holding: Holding, relation: str) -> Holding:
    return replace(holding, relations=holding.relations | {relation})


def _without_conditions(model: Model) -> Model:
    """Return the model in which whoever may hold something on a condition may hold it without one.

    What was seen of the facts fits the model as it is, so the answers are the same until something changes.
    """
    if not model.conditions:
        return model
    types = {
        type_: {relation: _relaxed(rewrite) for relation, rewrite in relations.items()}
        for type_, relations in model.types.items()
    }
    return replace(model, types=types, holders=_twice(model.holders))


def _relaxed(rewrite: Rewrite) -> Rewrite:
    match rewrite:
        case Direct(restrictions):
            return Direct(_twice(restrictions))
        case Union(inner):
            return Union(tuple(map(_relaxed, inner)))
        case Intersection(inner):
            return Intersection(tuple(map(_relaxed, inner)))
        case Exclusion(base, subtract):
            return Exclusion(_relaxed(base), _relaxed(subtract))
        case _:
            return rewrite


def _twice(restrictions: tuple[Restriction, ...]) -> tuple[Restriction, ...]:
    return tuple(dict.fromkeys((*restrictions, *(replace(entry, condition=None) for entry in restrictions))))
