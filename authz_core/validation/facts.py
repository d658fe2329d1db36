"""Whether a relationship fits a model."""

from authz_core.errors import InvalidRelationship, UnknownRelation, UnknownType, quoted
from authz_core.model.analysis import parts
from authz_core.model.policy import Model
from authz_core.model.rewrites import Direct
from authz_core.references import kind_of, parse_object, parse_relation, parse_subject, type_of
from authz_core.relationships.index import Relationship


def validate_relationship(model: Model, relationship: Relationship) -> None:
    """Accept a relationship that means something in the model.

    Raises `InvalidReference` for a malformed part, `UnknownType` and `UnknownRelation` for a name that the model does
    not have, `InvalidRelationship` for parts that do not go together.
    """
    subject, relation, thing = relationship
    parse_subject(subject)
    parse_relation(relation)
    parse_object(thing)
    for type_ in (type_of(thing), type_of(subject)):
        if type_ not in model.types:
            raise UnknownType(f"there is no type {quoted(type_)}")
    kinds = _kinds(model, type_of(thing), relation)
    if kind_of(subject) not in kinds:
        wanted = ", ".join(sorted(kinds)) or "nobody"
        raise InvalidRelationship(f"{quoted(relation)} on {quoted(thing)} is for {wanted}, not for {quoted(subject)}")
    if subject == f"{thing}#{relation}":
        raise InvalidRelationship(f"{quoted(subject)} cannot be a member of itself")


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
