"""Whom a subject stands for: itself, everyone of its type, and the usersets that contain it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from authz_core.model.plans import Plans
from authz_core.references import Object, Subject, Userset, Wildcard, is_object, kind_of, split_userset, type_of
from authz_core.relationships.bags import Bag
from authz_core.relationships.index import Relationship, Relationships, as_mapping

WORK_LIMIT = 50_000
"""How many steps one question may take; a step takes some microseconds."""

Came = dict[Subject, Subject | None]
"""Each principal, in the order of discovery → the one that it directly contains, or none for a first principal."""

Holder = tuple[Subject | None, Mapping[Object, Bag[str]]]
"""A principal, or none for an imaginary one, and what it holds: object → relations."""

Admits = Callable[[Subject, Userset], bool]
"""Whether a stored membership counts."""


class Exhausted(Exception):
    """A question takes more steps than it may."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An imaginary principal that holds the relations on the object, and of which nothing else is known."""

    object: Object
    relations: frozenset[str]


def first_principals(plans: Plans, facts: Relationships, subject: Subject | Holding) -> Came:
    """Return whom the subject stands for by itself, before any stored membership is followed."""
    if isinstance(subject, Holding):
        # What is granted to all holders of a relation is granted to the imaginary one, provided that to be stored
        # as a holder is all that it takes to be one.
        if subject.relations.isdisjoint(facts.followed):
            return {}
        usersets = [Userset(f"{subject.object}#{relation}") for relation in sorted(subject.relations)]
        return {userset: None for userset in usersets if kind_of(userset) in plans.plain}
    if plans.public and is_object(subject) and type_of(subject) in plans.public:
        return {subject: None, Wildcard(f"{type_of(subject)}:*"): None}
    return {subject: None}


def principals(facts: Relationships, came: Came, admits: Admits | None = None) -> list[Subject]:
    """Return the principals in `came` and all that contain them, which are added to it.

    Memberships that are not admitted are not followed. Raises `Exhausted` beyond the work limit.
    """
    memberships = facts.memberships
    found = list(came)
    for principal in found:
        usersets = memberships.get(principal)
        if usersets is None:
            continue
        for userset in (usersets,) if isinstance(usersets, str) else usersets:
            if userset not in came and (admits is None or admits(principal, userset)):
                came[userset] = principal
                found.append(userset)
        if len(found) > WORK_LIMIT:
            raise Exhausted
    return found


def holders(facts: Relationships, subject: Subject | Holding, found: list[Subject]) -> list[Holder]:
    """Return the principals that hold anything, the imaginary one among them, and what they hold."""
    held_by = facts.held
    holding: list[Holder] = [(each, as_mapping(held_by[each])) for each in found if each in held_by]
    if isinstance(subject, Holding):
        holding.append((None, {subject.object: tuple(sorted(subject.relations))}))
    return holding


def is_admitted(plans: Plans, member: Subject, userset: Userset) -> bool:
    """Tell whether membership in the userset follows from the stored relationship with the member alone."""
    return kind_of(member) in plans.plain.get(kind_of(userset), ())


def membership(came: Came, principal: Subject) -> list[Relationship]:
    """Return the relationships that make the principal contain the subject asked about."""
    steps = []
    while (member := came[principal]) is not None:
        thing, relation = split_userset(Userset(principal))
        steps.append(Relationship(member, relation, thing))
        principal = member
    steps.reverse()
    return steps
