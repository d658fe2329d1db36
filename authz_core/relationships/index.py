"""The facts at one revision, indexed both ways and changed in place."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast

from authz_core.references import Object, Subject, Userset, is_object
from authz_core.relationships.bags import Bag, Name, bag_with, bag_without, contains, members
from authz_core.relationships.closures import Closures
from authz_core.relationships.relationship import Key as RelationshipKey
from authz_core.relationships.relationship import Relationship, RelationshipCondition

Key = TypeVar("Key")
Value = TypeVar("Value")


Holdings: TypeAlias = tuple[Object, Bag[str]] | dict[Object, Bag[str]]
"""object → relations, as one subject holds them; a subject that holds on one object only has a pair for a dict."""

Table: TypeAlias = dict[str, dict[Object, Bag[Name]]]
"""relation → object → subjects."""


class Relationships:
    """A set of relationships in which every step of the evaluator is a lookup.

    The evaluator reads the indexes directly; only `add`, `remove` and `apply` change them. Of two relationships that
    differ in the condition only, the later one is held.
    """

    __slots__ = (
        *("_count", "_names", "_relations", "closures", "conditions"),
        *("followed", "grants", "held", "holders", "memberships"),
    )

    def __init__(self, relationships: Iterable[Relationship] = (), follow: Iterable[str] = ()) -> None:
        """Hold the given relationships; the relations to follow are known as if stored usersets named them."""
        self.held: dict[Subject, Holdings] = {}  # subject → object → relations
        self.holders: Table[Object] = {}  # subjects that are objects
        self.grants: Table[Subject] = {}  # subjects that are usersets or wildcards
        self.memberships: dict[Subject, Bag[Userset]] = {}  # subject → followed usersets that directly contain it
        self.closures = Closures(self.memberships)
        # Invariant: a relation that a stored userset names is followed. Once followed, it stays so.
        self.followed: dict[str, dict[Object, Userset]] = {relation: {} for relation in follow}  # → object → userset
        self.conditions: dict[RelationshipKey, RelationshipCondition] = {}  # of the relationships that have one
        self._relations: dict[Object, Bag[str]] = {}  # object → relations of which it is the object
        self._names: dict[str, str] = {}  # one copy of each text
        self._count = 0
        for relationship in relationships:
            self.add(relationship)

    def __len__(self) -> int:
        """Return how many relationships are held."""
        return self._count

    def __iter__(self) -> Iterator[Relationship]:
        """Iterate over all relationships, subject by subject; those of subjects changed meanwhile as they are then."""
        for subject in tuple(self.held):
            yield from self.by_subject(subject)

    def __contains__(self, relationship: Relationship) -> bool:
        """Tell whether the relationship is held, on this very condition or without one as it says."""
        return self.holds(relationship.key) and self.conditions.get(relationship.key) == relationship.condition

    def holds(self, key: RelationshipKey) -> bool:
        """Tell whether the relationship is held, on any condition or without one."""
        subject, relation, thing = key
        return contains(as_mapping(self.held.get(subject)).get(thing), relation)

    def stored(self, subject: Subject, relation: str, object: Object) -> Relationship:
        """Return a relationship that is held, with the condition that it has."""
        condition = self.conditions.get((subject, relation, object)) if self.conditions else None
        return Relationship(subject, relation, object, condition)

    def by_subject(self, subject: Subject) -> Iterator[Relationship]:
        """Iterate over what the subject itself holds; changes meanwhile do not disturb the iteration."""
        held = as_mapping(self.held.get(subject))
        return iter([self.stored(subject, relation, thing) for thing in held for relation in members(held[thing])])

    def by_object(self, object: Object) -> Iterator[Relationship]:
        """Iterate over what is held on the object itself; changes meanwhile do not disturb the iteration."""
        return iter(
            [
                self.stored(subject, relation, object)
                for relation in self.relations(object)
                for subject in self.subjects(relation, object)
            ]
        )

    def relations(self, object: Object) -> Collection[str]:
        """Return the relations that somebody holds on the object itself."""
        return members(self._relations.get(object))

    def subjects(self, relation: str, object: Object) -> Iterator[Subject]:
        """Iterate over those who hold the relation on the object itself."""
        yield from members(self.holders.get(relation, {}).get(object))
        yield from members(self.grants.get(relation, {}).get(object))

    def usersets(self, subject: Subject) -> Collection[Userset]:
        """Return the usersets that directly contain the subject and whose relation some stored userset names."""
        return members(self.memberships.get(subject))

    def parents(self, object: Object, tupleset: str = "parent") -> tuple[Object, ...]:
        """Return the objects that the tupleset of the object names."""
        return tuple(members(self.holders.get(tupleset, {}).get(object)))

    def children(self, object: Object, tupleset: str = "parent") -> Collection[Object]:
        """Return the objects whose tupleset names the object."""
        held = as_mapping(self.held.get(object))
        return [thing for thing, relations in held.items() if contains(relations, tupleset)]

    def add(self, relationship: Relationship) -> bool:
        """Hold the relationship, and tell whether it is new or has another condition than before."""
        if relationship in self:
            return False
        if relationship.condition is not None or self.holds(relationship.key):
            self._put_condition(relationship)
            if self.holds(relationship.key):
                return True
        subject, thing = self._own(relationship.subject), self._own(relationship.object)
        relation = self._own(relationship.relation)
        self.held[subject] = _holding(self.held.get(subject), thing, relation)
        relations = self._relations.get(thing)
        if not contains(relations, relation):
            self._relations[thing] = bag_with(relations, relation)
        if is_object(subject):
            _put(self.holders, relation, thing, subject)
        else:
            self._follow(subject.partition("#")[2])
            _put(self.grants, relation, thing, subject)
        if relation in self.followed:
            self._enrol(subject, relation, thing)
        self._count += 1
        return True

    def remove(self, relationship: Relationship) -> bool:
        """Hold the relationship no longer, whatever its condition, and tell whether it was held."""
        if not self.holds(relationship.key):
            return False
        self.conditions.pop(relationship.key, None)
        subject, relation, thing = relationship.key
        _replace(self.held, subject, _without(self.held[subject], thing, relation))
        if is_object(subject):
            _take(self.holders, relation, thing, subject)
        else:
            _take(self.grants, relation, thing, subject)
        if relation in self.followed:
            userset = self.followed[relation][thing]
            _replace(self.memberships, subject, bag_without(self.memberships[subject], userset))
            self.closures.forget()
        if next(self.subjects(relation, thing), None) is None:
            _replace(self._relations, thing, bag_without(self._relations[thing], relation))
            self.followed.get(relation, {}).pop(thing, None)
        self._disown(*relationship.key)
        self._count -= 1
        return True

    def apply(self, added: Iterable[Relationship], removed: Iterable[Relationship]) -> None:
        """Hold what is added and no longer what is removed; what stands in both is held."""
        for relationship in tuple(removed):
            self.remove(relationship)
        for relationship in added:
            self.add(relationship)

    def _put_condition(self, relationship: Relationship) -> None:
        if relationship.condition is None:
            self.conditions.pop(relationship.key, None)
        else:
            self.conditions[relationship.key] = relationship.condition

    def _own(self, name: Name) -> Name:
        return cast("Name", self._names.setdefault(name, name))

    def _disown(self, *names: str) -> None:
        used: tuple[Mapping[Any, object], ...] = (self.held, self._relations, self.holders, self.grants)
        for name in names:
            if not any(name in index for index in used):
                self._names.pop(name, None)

    def _follow(self, relation: str) -> None:
        """Enrol all who have the relation, on the day when a stored userset names it for the first time."""
        if not relation or relation in self.followed:
            return
        self.followed[relation] = {}
        for thing in {**self.holders.get(relation, {}), **self.grants.get(relation, {})}:
            for subject in self.subjects(relation, thing):
                self._enrol(subject, relation, thing)

    def _enrol(self, subject: Subject, relation: str, thing: Object) -> None:
        usersets = self.followed[relation]
        userset = usersets.get(thing) or usersets.setdefault(thing, Userset(f"{thing}#{relation}"))
        self.memberships[subject] = bag_with(self.memberships.get(subject), userset)
        self.closures.forget()


def as_mapping(holdings: Holdings | None) -> Mapping[Object, Bag[str]]:
    """Return what a subject holds as a mapping, whichever of its forms it has."""
    if isinstance(holdings, dict):
        return holdings
    return {} if holdings is None else {holdings[0]: holdings[1]}


def _holding(holdings: Holdings | None, thing: Object, relation: str) -> Holdings:
    if holdings is None:
        return (thing, relation)
    held = holdings if isinstance(holdings, dict) else {holdings[0]: holdings[1]}
    held[thing] = bag_with(held.get(thing), relation)
    return held


def _without(holdings: Holdings, thing: Object, relation: str) -> Holdings | None:
    held = holdings if isinstance(holdings, dict) else {holdings[0]: holdings[1]}
    _replace(held, thing, bag_without(held[thing], relation))
    return held or None


def _put(table: Table[Name], relation: str, thing: Object, subject: Name) -> None:
    by_object = table.setdefault(relation, {})
    by_object[thing] = bag_with(by_object.get(thing), subject)


def _take(table: Table[Name], relation: str, thing: Object, subject: Name) -> None:
    by_object = table[relation]
    _replace(by_object, thing, bag_without(by_object[thing], subject))
    if not by_object:
        del table[relation]


def _replace(index: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        del index[key]
    else:
        index[key] = value
