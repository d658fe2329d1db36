"""Whom a subject stands for: itself, everyone of its type, and the usersets that contain it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from authz_core.model.plans import Plans
from authz_core.references import Object, Subject, Userset, Wildcard, is_object, kind_of, split_userset, type_of
from authz_core.relationships.closures import Came, contained_in
from authz_core.relationships.index import Relationships
from authz_core.relationships.relationship import Relationship


class Doubtful(Exception):
    """The short cut cannot answer: two parents, a great height, facts that do not fit, or a userset that asks."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An imaginary principal that holds the relations on the object, and of which nothing else is known."""

    object: Object
    relations: frozenset[str]


def first_principals(
    plans: Plans, layers: Iterable[Relationships], subject: Subject | Holding
) -> dict[Subject, Subject | None]:
    """Return whom the subject stands for by itself, before any stored membership is followed."""
    if isinstance(subject, Holding):
        # What is granted to all holders of a relation is granted to the imaginary one, provided that to be stored
        # as a holder is all that it takes to be one.
        if all(subject.relations.isdisjoint(facts.followed) for facts in layers):
            return {}
        usersets = [Userset(f"{subject.object}#{relation}") for relation in sorted(subject.relations)]
        return {userset: None for userset in usersets if kind_of(userset) in plans.plain}
    if plans.public and is_object(subject) and type_of(subject) in plans.public:
        return {subject: None, Wildcard(f"{type_of(subject)}:*"): None}
    return {subject: None}


def principals(plans: Plans, facts: Relationships, subject: Subject | Holding) -> Came:
    """Return whom the subject stands for by any stored membership; raise `Exhausted` beyond the work limit."""
    if isinstance(subject, Holding) or plans.public:
        return contained_in(facts.memberships, first_principals(plans, (facts,), subject))
    return facts.closures.of(subject)


def check_kinds(plans: Plans, came: Came, principal: Subject | None, kinds: Collection[str]) -> None:
    """Let pass a principal that may hold what it holds and contains what it was found through; else raise."""
    while principal is not None:
        kind = kind_of(principal)
        if kind not in kinds:
            raise Doubtful
        kinds = plans.plain.get(kind, ())
        principal = came[principal]


def membership(came: Came, principal: Subject) -> list[Relationship]:
    """Return the relationships, on no condition, that make the principal contain the subject asked about."""
    steps = []
    while (member := came[principal]) is not None:
        thing, relation = split_userset(Userset(principal))
        steps.append(Relationship(member, relation, thing))
        principal = member
    steps.reverse()
    return steps
