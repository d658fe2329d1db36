"""Lists made the long way: by a single question for each candidate that any relationship names."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from authz_core import (
    Allowed,
    Decision,
    Denied,
    Holding,
    Model,
    Object,
    Reason,
    Relationship,
    Relationships,
    Situation,
    Subject,
    check,
    type_of,
)

Facts = Relationships | Situation

NOT_KNOWN = frozenset({Reason.CONDITION_FAILED, Reason.CONTEXT_MISSING, Reason.TOO_COMPLEX})

STRANGER = "nobody-is-called-so"
"""The id of somebody whom no relationship names."""


class Long(NamedTuple):
    """What belongs to a list, and the denials that say that this is not known of somebody or something."""

    items: tuple[str, ...]
    unknown: frozenset[Denied]


def relationships(facts: Facts) -> list[Relationship]:
    """All relationships, with those that the question brings along."""
    return [*facts.stored, *facts.contextual] if isinstance(facts, Situation) else [*facts]


def objects(model: Model, facts: Facts, subject: Subject | Holding, relation: str, *types: str) -> Long:
    """The objects of the types on which a single question allows the subject the relation."""
    known = {each.object for each in relationships(facts)}
    known.add(subject.object if isinstance(subject, Holding) else Object(subject.partition("#")[0]))
    wanted = [each for each in known if type_of(each) in types and not each.endswith(":*")]
    return _long({each: check(model, facts, subject, relation, each) for each in wanted})


def subjects(model: Model, facts: Facts, relation: str, thing: Object, *forms: str) -> Long:
    """The subjects of the forms whom single questions allow the relation; a stranger stands for all others."""
    decisions: dict[str, Decision] = {}
    for form in forms:
        type_, hash_sign, relation_of = form.partition("#")
        known = [f"{each}{hash_sign}{relation_of}" for each in (*ids(facts, thing, type_), f"{type_}:{STRANGER}")]
        if hash_sign:
            decisions |= _asked(model, facts, relation, thing, known)
        else:
            decisions |= _people(model, facts, relation, thing, [f"{type_}:*", *known])
    return _long(decisions)


def relations(model: Model, facts: Facts, subject: Subject | Holding, thing: Object) -> Long:
    """The relations that single questions allow the subject on the object."""
    return _long({each: check(model, facts, subject, each, thing) for each in model.types[type_of(thing)]})


def ids(facts: Facts, thing: Object, type_: str) -> set[Object]:
    """All objects of a type that any relationship or the question names."""
    texts = {each.subject.partition("#")[0] for each in relationships(facts)}
    texts.update((thing, *(each.object for each in relationships(facts))))
    return {Object(each) for each in texts if each.partition(":")[0] == type_ and not each.endswith(":*")}


def without_wildcards(facts: Facts) -> Facts:
    """The facts with nobody named as one of everyone."""
    if isinstance(facts, Situation):
        stored, contextual = (_closed(layer) for layer in (facts.stored, facts.contextual))
        return replace(facts, stored=stored, contextual=contextual)
    return _closed(facts)


def _closed(facts: Relationships) -> Relationships:
    return Relationships(each for each in facts if not each.subject.endswith(":*"))


def _asked(model: Model, facts: Facts, relation: str, thing: Object, known: list[str]) -> dict[str, Decision]:
    return {each: check(model, facts, Object(each), relation, thing) for each in known}


def _people(model: Model, facts: Facts, relation: str, thing: Object, known: list[str]) -> dict[str, Decision]:
    """The answers for everyone, who comes first, and for each; beside everyone both of the answers count."""
    decisions = _asked(model, facts, relation, thing, known)
    if isinstance(decisions[known[0]], Allowed):
        apart = _asked(model, without_wildcards(facts), relation, thing, known[1:])
        decisions.update((each, _both(decisions[each], apart[each])) for each in known[1:])
    return decisions


def _both(one: Decision, other: Decision) -> Decision:
    denials = [each for each in (one, other) if isinstance(each, Denied)]
    for denial in denials:
        if denial.reason not in NOT_KNOWN:
            return denial
    return min(denials, key=_order) if denials else one


def _order(denial: Denied) -> tuple[Reason, str]:
    return denial.reason, denial.detail


def _long(decisions: Mapping[str, Decision]) -> Long:
    allowed = (each for each, decision in decisions.items() if isinstance(decision, Allowed))
    denials = (decision for decision in decisions.values() if isinstance(decision, Denied))
    return Long(
        tuple(sorted(each for each in allowed if STRANGER not in each)),
        frozenset(denial for denial in denials if denial.reason in NOT_KNOWN),
    )
