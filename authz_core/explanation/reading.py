"""The facts as one explanation reads them: which relationships there are, and whether each counts."""

import json
from collections.abc import Container, Iterable, Iterator
from typing import Final, NamedTuple

from authz_core.conditions import validate_context
from authz_core.errors import InvalidRelationship, quoted
from authz_core.evaluation.facts import Facts, Trouble, View
from authz_core.evaluation.principals import Holding
from authz_core.explanation.belonging import belongs_to
from authz_core.model.policy import Model
from authz_core.references import CONDITIONAL, Object, Subject, Userset
from authz_core.relationships.bags import members
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted
from authz_core.relationships.relationship import Key, Relationship
from authz_core.relationships.situation import Situation

MANY: Final = 1_000
"""Beyond so many usersets that hold one relation on one object, it is asked first which contain the subject."""

LONGEST_VALUE: Final = 80
"""Characters of a condition's value that are shown."""


class Found(NamedTuple):
    """A relationship that fits the model, and why it does not count."""

    relationship: Relationship
    unmet: str = ""
    """Empty where it counts."""
    unknown: bool = False
    """Whether its condition could not be evaluated."""


class Reading:
    """All that an explanation looks at; what it saw is kept, layer by layer."""

    def __init__(self, model: Model, facts: Facts, subject: Subject | Holding) -> None:
        self.situation = facts if isinstance(facts, Situation) else Situation(facts)
        self.view = View(model, facts)
        self.seen: tuple[dict[Key, Relationship], ...] = tuple({} for _ in self.view.layers)
        self._model = model
        self._subject = subject
        self._belongs: frozenset[Userset] | None = None
        self._left = self.situation.limits.steps

    def spend(self) -> None:
        """Count a step; raise `Exhausted` when none is left."""
        self._left -= 1
        if self._left < 0:
            raise Exhausted

    def named(self, key: Key, kinds: Container[str]) -> Found | None:
        """Return the relationship with this key; a contextual one takes the place of a stored one."""
        layers = [(number, layer) for number, layer in enumerate(self.view.layers) if layer.holds(key)]
        found = [self._judged(number, layer.stored(*key), kinds) for number, layer in layers]
        return found[0] if found else None

    def usersets(self, relation: str, object: Object, kinds: Iterable[str]) -> Iterator[Found]:
        """Iterate over what gives the relation on the object to usersets.

        Of very many, those are left out that cannot contain the subject.
        """
        for number, layer in enumerate(self.view.layers):
            granted = members(layer.grants.get(relation, {}).get(object))
            named: Iterable[Subject] = granted
            if len(granted) > MANY and len(self.view.layers) == 1 and self._are_plain(kinds):
                named = [
                    userset for userset in sorted(self._usersets_of(layer)) if layer.holds((userset, relation, object))
                ]
            found = (layer.stored(each, relation, object) for each in named if "#" in each)
            yield from self._all(number, found, frozenset(kinds))

    def parents(self, tupleset: str, object: Object, kinds: Container[str]) -> Iterator[Found]:
        """Iterate over what makes the tupleset of the object name other objects."""
        for number, layer in enumerate(self.view.layers):
            named = (layer.stored(each, tupleset, object) for each in layer.parents(object, tupleset))
            yield from self._all(number, named, kinds)

    def relations(self, object: Object) -> set[str]:
        """Return the relations that anybody holds on the object itself."""
        return {relation for layer in self.view.layers for relation in layer.relations(object)}

    def groups(self, subject: Subject) -> list[Userset]:
        """Return the usersets that some relationship directly puts the subject into, as far as they are followed."""
        return sorted({userset for _, userset, _ in self.view.memberships(subject)})

    def values(self, relationship: Relationship) -> tuple[tuple[str, str], ...]:
        """Return the parameters of the relationship's condition that have a value, each with its value as JSON."""
        if relationship.condition is None:
            return ()
        known = {**self.situation.context, **json.loads(relationship.condition.context)}
        parameters = self._model.conditions[relationship.condition.name].parameters
        return tuple((each.name, _as_json(known[each.name])) for each in parameters if each.name in known)

    def replica(self) -> tuple[Relationships, Relationships]:
        """Return copies of what was seen: the contextual relationships and the stored ones."""
        *contextual, stored = [Relationships(seen.values()) for seen in self.seen]
        return (contextual[0] if contextual else Relationships()), stored

    def _are_plain(self, kinds: Iterable[str]) -> bool:
        """Tell whether who is in usersets of these kinds follows from stored relationships alone."""
        forms = (kind.partition(CONDITIONAL)[0] for kind in kinds)
        return all(form in self._model.plans.plain for form in forms if "#" in form)

    def _usersets_of(self, layer: Relationships) -> frozenset[Userset]:
        if self._belongs is None:
            self._belongs = belongs_to(layer, self._subject, self.spend)
        return self._belongs

    def _all(self, number: int, relationships: Iterable[Relationship], kinds: Container[str]) -> Iterator[Found]:
        for relationship in relationships:
            self.spend()
            found = self._judged(number, relationship, kinds)
            if found is not None:
                yield found

    def _judged(self, number: int, relationship: Relationship, kinds: Container[str]) -> Found | None:
        if not self._fits(relationship, kinds):
            return None
        self.seen[number][relationship.key] = relationship
        judgement = self.view.judge(relationship, kinds)
        if isinstance(judgement, Trouble):
            told = f"{quoted(' '.join(relationship.key))}: "
            return Found(relationship, judgement.detail.removeprefix(told), unknown=True)
        return Found(relationship) if judgement else Found(relationship, self._not_met(relationship))

    def _fits(self, relationship: Relationship, kinds: Container[str]) -> bool:
        if relationship.kind not in kinds:
            return False
        if relationship.condition is None:
            return True
        condition = self._model.conditions.get(relationship.condition.name)
        if condition is None:
            return False
        try:
            validate_context(condition, relationship.condition.context)
        except InvalidRelationship:
            return False
        return True

    def _not_met(self, relationship: Relationship) -> str:
        name = "" if relationship.condition is None else relationship.condition.name
        values = ", ".join(f"{parameter} = {value}" for parameter, value in self.values(relationship))
        return f"condition {quoted(name)} is not met{' with ' if values else ''}{values}"


def _as_json(value: object) -> str:
    """Return the value as JSON of bounded length."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
