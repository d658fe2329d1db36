"""Which relationships mean anything in a model: a reading of its restrictions that shares nothing with the engine."""

from collections.abc import Iterable

from authz_core import Direct, Exclusion, Intersection, Model, Relationship, Restriction, Rewrite, Union
from tests.authz_core.meanings import is_storable


def kind(reference: str) -> str:
    """The type of an object."""
    return reference.split(":", maxsplit=1)[0]


def is_wildcard(subject: str) -> bool:
    """Whether the subject is everyone of a type."""
    return subject.endswith(":*") and "#" not in subject


def form(subject: str) -> str:
    """What a restriction must say to permit the subject."""
    if "#" in subject:
        return kind(subject) + "#" + subject.split("#", 1)[1]
    return subject if is_wildcard(subject) else kind(subject)


def form_of(entry: Restriction) -> str:
    """What a restriction says."""
    return entry.type + (":*" if entry.wildcard else "#" + entry.relation if entry.relation else "")


def fits(model: Model, fact: Relationship, permitted: Iterable[Restriction]) -> bool:
    """Whether one of the restrictions permits the subject with this very condition, and its context makes sense."""
    name = fact.condition.name if fact.condition else None
    if not any((form_of(entry), entry.condition) == (form(fact.subject), name) for entry in permitted):
        return False
    if fact.condition is None:
        return True
    condition = model.conditions.get(fact.condition.name)
    return condition is not None and is_storable(condition, fact.condition.context)


def fits_somewhere(model: Model, fact: Relationship) -> bool:
    """Whether the relationship means anything."""
    definitions = model.types.get(kind(fact.object), {})
    if fact.relation in definitions:
        return fits(model, fact, lists(definitions[fact.relation]))
    role = model.roles.get(fact.relation)
    return role is not None and role.type == kind(fact.object) and fits(model, fact, model.holders)


def may_be_stored(model: Model, fact: Relationship) -> bool:
    """Whether the relationship means anything, and more than that a userset is itself."""
    return fits_somewhere(model, fact) and fact.subject != f"{fact.object}#{fact.relation}"


def lists(rewrite: Rewrite) -> tuple[Restriction, ...]:
    """All restrictions in an expression, were it in an operand of an operand."""
    match rewrite:
        case Direct(restrictions):
            return restrictions
        case Union(operands) | Intersection(operands):
            return tuple(entry for operand in operands for entry in lists(operand))
        case Exclusion(base, subtract):
            return lists(base) + lists(subtract)
        case _:
            return ()
