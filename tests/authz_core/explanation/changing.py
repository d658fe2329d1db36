"""What a world would be like if advice were followed, worked out without the engine's own copy of the facts."""

from collections.abc import Iterable
from dataclasses import replace

from authz_core import (
    Allowed,
    Change,
    ChangeKind,
    Decision,
    Holding,
    Model,
    Relationship,
    Relationships,
    Restriction,
    check,
    situation,
)
from tests.authz_core.condition_worlds import mapped
from tests.authz_core.fitting import fits_somewhere
from tests.authz_core.worlds import Question, World


def followed(world: World, question: Question, changes: Iterable[Change]) -> Decision:
    """The engine's answer after all the changes."""
    model = relaxed(world.model)
    stored = {each.key: each for each in world.facts if fits_somewhere(world.model, each)}
    contextual = {each.key: each for each in question.contextual}
    subject = question.subject
    for change in changes:
        if change.kind is ChangeKind.CONTAIN:
            model = _containing(model, change.relation, change.detail)
        elif isinstance(subject, Holding) and change.kind is ChangeKind.HOLD:
            subject = replace(subject, relations=subject.relations | {change.relation})
        elif change.relationship is not None:
            contextual.pop(change.relationship.key, None)
            stored.pop(change.relationship.key, None)
            if change.kind in {ChangeKind.ADD, ChangeKind.MEET}:
                stored[change.relationship.key] = change.relationship._replace(condition=None)
    facts = situation(model, Relationships(stored.values()), context=question.context, contextual=contextual.values())
    return check(model, facts, subject, question.relation, question.object)


def relaxed(model: Model) -> Model:
    """The model in which conditions are permitted everywhere, and wanted nowhere."""

    def widened(restrictions: tuple[Restriction, ...]) -> tuple[Restriction, ...]:
        return tuple(dict.fromkeys((*restrictions, *(replace(each, condition=None) for each in restrictions))))

    types = {
        type_: {relation: mapped(rewrite, widened) for relation, rewrite in relations.items()}
        for type_, relations in model.types.items()
    }
    return replace(model, types=types, holders=widened(model.holders))


def alone(world: World, question: Question, relationships: tuple[Relationship, ...]) -> bool:
    """Whether these relationships by themselves, in the same context, allow the question."""
    facts = situation(world.model, Relationships(relationships), context=question.context)
    return isinstance(check(world.model, facts, question.subject, question.relation, question.object), Allowed)


def _containing(model: Model, slug: str, permission: str) -> Model:
    role = model.roles[slug]
    return model.with_roles({**model.roles, slug: replace(role, permissions=role.permissions | {permission})})
