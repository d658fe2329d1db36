"""The facts as one question sees them: stored and contextual ones, and which of them count under their conditions."""

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from authz_core.conditions import ConditionError, MissingContext, holds, validate_context
from authz_core.decision import Reason
from authz_core.errors import InvalidRelationship, quoted
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, Userset, is_object, split_userset
from authz_core.relationships.bags import Bag, members
from authz_core.relationships.index import Relationships, as_mapping
from authz_core.relationships.relationship import Relationship, RelationshipCondition
from authz_core.relationships.situation import Situation

Facts = Relationships | Situation
"""What a question is asked of."""


class Trouble(NamedTuple):
    """Why something could not be worked out; of several troubles the smallest is told, whatever was met first."""

    reason: Reason
    detail: str


class View:
    """The facts of one question in their layers, the contextual ones before the stored ones.

    Whether a condition is met is worked out once for each context that relationships carry; the memory ends with the
    question.
    """

    __slots__ = ("_context", "_judged", "_model", "layers", "limits", "mentions_more")

    def __init__(self, model: Model, facts: Facts) -> None:
        situation = facts if isinstance(facts, Situation) else Situation(facts)
        self.layers = (situation.contextual, situation.stored) if situation.contextual else (situation.stored,)
        self.limits = situation.limits
        # Whether the question brings along usersets of a relation by which the stored facts have no index.
        self.mentions_more = not self.layers[0].followed.keys() <= self.layers[-1].followed.keys()
        self._model = model
        self._context = situation.context
        self._judged: dict[RelationshipCondition, bool | Trouble] = {}

    def judge(self, relationship: Relationship, kinds: Container[str]) -> bool | Trouble:
        """Tell whether a relationship counts where these kinds of subject are permitted, or why that is not known.

        One that does not fit, or whose condition no longer fits the model, does not count.
        """
        if relationship.kind not in kinds:
            return False
        condition = relationship.condition
        if condition is None:
            return True
        if condition not in self._judged:
            self._judged[condition] = self._judge(condition)
        judgement = self._judged[condition]
        if isinstance(judgement, bool):
            return judgement
        subject, relation, thing = relationship.key
        return judgement._replace(detail=f"{quoted(f'{subject} {relation} {thing}')}: {judgement.detail}")

    def parents(self, tupleset: str, thing: Object) -> Iterator[Relationship]:
        """Iterate over the relationships by which a tupleset of the object names objects."""
        for layer in self.layers:
            for parent in members(layer.holders.get(tupleset, {}).get(thing)):
                yield layer.stored(parent, tupleset, thing)

    def granted(self, relation: str, thing: Object, layer: Relationships) -> Iterator[Relationship]:
        """Iterate over the relationships in a layer that give usersets and wildcards the relation on the object."""
        for subject in members(layer.grants.get(relation, {}).get(thing)):
            yield layer.stored(subject, relation, thing)

    def memberships(self, subject: Subject) -> Iterator[tuple[Relationships, Userset, Relationship]]:
        """Iterate over the followed usersets that directly contain the subject, and the relationships that say so."""
        for layer in self.layers:
            for userset in members(layer.memberships.get(subject)):
                thing, relation = split_userset(userset)
                yield layer, userset, layer.stored(subject, relation, thing)

    def holdings(self, subject: Subject) -> Iterator[tuple[Relationships, Mapping[Object, Bag[str]]]]:
        """Iterate over what the subject itself holds in each layer that knows of it: object → relations."""
        for layer in self.layers:
            held = layer.held.get(subject)
            if held is not None:
                yield layer, as_mapping(held)

    def is_shadowed(self, layer: Relationships, relationship: Relationship) -> bool:
        """Tell whether a look-up of the relationship finds a contextual one in its place.

        What is given to usersets and to everyone is found by scanning too, which sees both.
        """
        if layer is self.layers[0] or not is_object(relationship.subject):
            return False
        return self.layers[0].holds(relationship.key)

    def _judge(self, condition: RelationshipCondition) -> bool | Trouble:
        definition = self._model.conditions.get(condition.name)
        if definition is None:
            return False
        try:
            validate_context(definition, condition.context)
        except InvalidRelationship:
            return False
        name = quoted(condition.name)
        try:
            return holds(definition, condition.context, self._context)
        except MissingContext as missing:
            return Trouble(Reason.CONTEXT_MISSING, f"condition {name} wants {', '.join(map(quoted, missing.names))}")
        except ConditionError as failure:
            return Trouble(Reason.CONDITION_FAILED, f"condition {name} cannot be evaluated: {failure}")
