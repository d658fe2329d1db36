"""Whether a relationship fits a model."""

from authz_core.conditions import validate_context
from authz_core.errors import InvalidRelationship, UnknownRelation, UnknownType, quoted
from authz_core.model.analysis import parts
from authz_core.model.conditions import Condition
from authz_core.model.policy import Model
from authz_core.model.rewrites import Direct
from authz_core.references import CONDITIONAL, parse_object, parse_relation, parse_subject, type_of
from authz_core.relationships.relationship import Relationship


def validate_relationship(model: Model, relationship: Relationship) -> None:
    """Accept a relationship that means something in the model.

    Raises `InvalidReference` for a malformed part, `UnknownType` and `UnknownRelation` for a name that the model does
    not have, `InvalidRelationship` for parts that do not go together.
    """
    subject, relation, thing = relationship.key
    parse_subject(subject)
    parse_relation(relation)
    parse_object(thing)
    for type_ in (type_of(thing), type_of(subject)):
        if type_ not in model.types:
            raise UnknownType(f"there is no type {quoted(type_)}")
    condition = relationship.condition
    definition = None if condition is None else _definition(model, condition.name)
    # Invariant: one and the same entry of the list permits the subject's form and its condition, or the lack of one.
    kinds = _kinds(model, type_of(thing), relation)
    if relationship.kind not in kinds:
        wanted, given = ", ".join(sorted(kinds)) or "nobody", quoted(f"{subject}{_condition_of(relationship)}")
        raise InvalidRelationship(f"{quoted(relation)} on {quoted(thing)} is for {wanted}, not for {given}")
    if subject == f"{thing}#{relation}":
        raise InvalidRelationship(f"{quoted(subject)} cannot be a member of itself")
    if condition is not None and definition is not None:
        validate_context(definition, condition.context)


def _condition_of(relationship: Relationship) -> str:
    return "" if relationship.condition is None else f"{CONDITIONAL}{relationship.condition.name}"


def _definition(model: Model, name: str) -> Condition:
    definition = model.conditions.get(name)
    if definition is None:
        raise InvalidRelationship(f"there is no condition {quoted(name)}")
    return definition


def _kinds(model: Model, type: str, relation: str) -> frozenset[str]:
    """Return the kinds of subject that may hold the relation on objects of the type."""
    rewrite = model.types[type].get(relation)
    if rewrite is not None:
        lists = [part for part in parts(rewrite) if isinstance(part, Direct)]
        if not lists:
            raise InvalidRelationship(
                f"{quoted(relation)} on type {quoted(type)} follows from others and is not stored"
            )
        return frozenset(entry.kind for part in lists for entry in part.restrictions)
    role = model.roles.get(relation)
    if role is None:
        raise UnknownRelation(f"type {quoted(type)} has no relation or role {quoted(relation)}")
    if role.type != type:
        raise InvalidRelationship(f"role {quoted(relation)} is held on type {quoted(role.type)}, not on {quoted(type)}")
    return model.plans.holders
