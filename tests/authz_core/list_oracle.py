"""Lists as they are defined: by one question to the twin for each candidate."""

from collections.abc import Callable
from typing import NamedTuple

from authz_core import Holding, Model, Reason
from tests.authz_core.fitting import is_wildcard, kind
from tests.authz_core.oracle import YES, Answer, Told, Trouble, oracle, possible


class Listed(NamedTuple):
    """What is in the list, why it cannot be told of some candidates, and whether one of these might be in it."""

    items: tuple[str, ...]
    troubles: frozenset[Trouble]
    is_open: bool


def unknown(model: Model, subject: str | Holding) -> frozenset[Trouble]:
    """What the subject speaks of and the model does not know; a single question is denied for it."""
    if isinstance(subject, Holding):
        return frozenset()
    type_, relation = kind(subject), subject.partition("#")[2]
    if type_ not in model.types:
        return frozenset({(Reason.UNKNOWN_TYPE, type_)})
    is_role = relation in model.roles and model.roles[relation].type == type_
    is_known = not relation or relation in model.types[type_] or is_role
    return frozenset() if is_known else frozenset({(Reason.UNKNOWN_RELATION, f"{type_}#{relation}")})


def objects(model: Model, told: Told, subject: str | Holding, relation: str, types: tuple[str, ...]) -> Listed:
    """The objects of these types on which the subject has the relation."""
    if unknown(model, subject):
        return Listed((), unknown(model, subject), is_open=True)
    known = {each.object for each in (*told.stored, *told.contextual)}
    known.add(subject.object if isinstance(subject, Holding) else subject.partition("#")[0])  # type: ignore[arg-type]  # texts
    wanted = [each for each in known if kind(each) in types]
    answers: dict[str, Answer] = {each: oracle(model, told, subject, relation, each) for each in wanted}
    return listed(answers, lambda each: possible(model, told, subject, relation, each))


def relations(model: Model, told: Told, subject: str | Holding, thing: str) -> Listed:
    """The relations that the subject has on the object."""
    if unknown(model, subject):
        return Listed((), unknown(model, subject), is_open=True)
    answers = {each: oracle(model, told, subject, each, thing) for each in model.types.get(kind(thing), {})}
    return listed(answers, lambda each: possible(model, told, subject, each, thing))


def subjects(model: Model, told: Told, relation: str, thing: str, forms: tuple[str, ...]) -> Listed:
    """The subjects of these forms that have the relation on the object."""
    answers = {}
    for each in forms:
        type_, userset, relation_of = each.partition("#")
        known = mentioned(told, thing, type_)
        if userset:
            usersets = [f"{one}#{relation_of}" for one in known]
            answers.update({one: oracle(model, told, one, relation, thing) for one in usersets})
        else:
            answers.update(plainly(model, told, relation, thing, (type_, known)))
    return listed(answers, lambda each: possible(model, told, each, relation, thing))


def plainly(model: Model, told: Told, relation: str, thing: str, known: tuple[str, set[str]]) -> dict[str, Answer]:
    """The answers for each object of a type, and for everyone; who is in as one of everyone only is not counted."""
    everyone = f"{known[0]}:*"
    answers = {everyone: oracle(model, told, everyone, relation, thing)}
    for one in known[1]:
        answers[one] = oracle(model, told, one, relation, thing)
        if answers[one] == answers[everyone] == YES:
            answers[one] = oracle(model, without_wildcards(told), one, relation, thing)
    return answers


def mentioned(told: Told, thing: str, type_: str) -> set[str]:
    """All objects of the type that occur anywhere."""
    facts = (*told.stored, *told.contextual)
    texts = {thing, *(each.object for each in facts), *(each.subject.partition("#")[0] for each in facts)}
    return {each for each in texts if kind(each) == type_ and not is_wildcard(each)}


def without_wildcards(told: Told) -> Told:
    """The same with nobody named as one of everyone."""
    stored, contextual = (
        tuple(each for each in facts if not is_wildcard(each.subject)) for facts in (told.stored, told.contextual)
    )
    return Told(stored, contextual, told.context, told.hops)


def listed(answers: dict[str, Answer], might: Callable[[str], bool]) -> Listed:
    """Those with a yes, in order."""
    troubles = frozenset(trouble for answer in answers.values() for trouble in answer.troubles)
    is_open = any(answer.troubles and might(each) for each, answer in answers.items())
    return Listed(tuple(sorted(each for each, answer in answers.items() if answer == YES)), troubles, is_open)
