"""Whether a model can mean anything."""

from collections import Counter
from collections.abc import Callable, Iterator

from authz_core.conditions import validate_condition
from authz_core.errors import InvalidModel, InvalidReference, quoted
from authz_core.model.analysis import Types, operands, parts, tupleset_types
from authz_core.model.policy import Model
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    FromParent,
    Restriction,
    Rewrite,
)
from authz_core.references import parse_relation, parse_type
from authz_core.validation.circularity import circular, computed_from
from authz_core.validation.reachability import unreachable


def validate_model(model: Model) -> None:
    """Accept a model in which every name leads somewhere and every relation can be held; raise `InvalidModel`."""
    problems = [
        *_name_problems(model),
        *_definition_problems(model),
        *_role_problems(model),
        *_condition_problems(model),
    ] or [*_circle_problems(model), *_reach_problems(model)]
    if problems:
        raise InvalidModel(*problems)


def _circle_problems(model: Model) -> Iterator[str]:
    for type_, relation in circular(computed_from(model.types)):
        yield f"{quoted(f'{type_}#{relation}')} is computed from itself in a circle"


def _reach_problems(model: Model) -> Iterator[str]:
    for type_, relation in unreachable(model.types, model.holders):
        yield f"{quoted(f'{type_}#{relation}')} can be held by nobody"


def _name_problems(model: Model) -> Iterator[str]:
    for type_, relations in model.types.items():
        yield from _malformed(parse_type, type_)
        for relation in relations:
            yield from _malformed(parse_relation, relation)
    yield from (
        f"delegable type {quoted(each)} does not exist" for each in sorted(model.delegable - model.types.keys())
    )


def _malformed(parse: Callable[[str], str], name: str) -> Iterator[str]:
    try:
        parse(name)
    except InvalidReference as error:
        yield str(error)


def _role_problems(model: Model) -> Iterator[str]:
    if model.holders:
        yield from (f"holders: {problem}" for problem in _list_problems(model, model.holders))
    for slug, role in model.roles.items():
        name = f"role {quoted(slug)}"
        yield from _malformed(parse_relation, slug)
        if role.slug != slug:
            yield f"{name} calls itself {quoted(role.slug)}"
        if role.type not in model.types:
            yield f"{name} is of type {quoted(role.type)}, which does not exist"
        elif slug in model.types[role.type]:
            yield f"{name} has the name of a relation of type {quoted(role.type)}"


def _condition_problems(model: Model) -> Iterator[str]:
    for key, condition in model.conditions.items():
        if condition.name != key:
            yield f"condition {quoted(key)} calls itself {quoted(condition.name)}"
        try:
            validate_condition(condition)
        except InvalidModel as error:
            yield from error.problems


def _definition_problems(model: Model) -> Iterator[str]:
    for type_, relations in model.types.items():
        for relation in relations:
            for problem in _relation_problems(model, type_, relation):
                yield f"{quoted(f'{type_}#{relation}')} {problem}"


def _relation_problems(model: Model, type: str, relation: str) -> Iterator[str]:
    rewrite = model.types[type][relation]
    for part in parts(rewrite):
        yield from _part_problems(model, type, relation, part)
    # As in the written language, only what stands side by side at the top is compared.
    leaves = [operand for operand in operands(rewrite) if not operands(operand)]
    if len(set(leaves)) < len(leaves):
        yield "names the same operand twice"


def _part_problems(model: Model, type: str, relation: str, part: Rewrite) -> Iterator[str]:
    match part:
        case Direct(restrictions):
            yield from _list_problems(model, restrictions)
        case Computed(other):
            if other == relation or other not in model.types[type]:
                yield f"is computed from {quoted(other)}, which is {'itself' if other == relation else 'nothing'}"
        case FromParent(inherited, tupleset):
            yield from _tupleset_problems(model.types, type, inherited, tupleset)
        case Conferred():
            yield from () if model.holders else ("is conferred by roles, which nobody may hold",)
        case _:
            yield from () if operands(part) else ("joins nothing",)


def _list_problems(model: Model, restrictions: tuple[Restriction, ...]) -> Iterator[str]:
    if not restrictions:
        yield "is for nobody"
    for entry, times in Counter(restrictions).items():
        if times > 1:
            yield f"lists {quoted(entry.kind)} {times} times"
        if entry.condition is not None and entry.condition not in model.conditions:
            yield f"is for {quoted(entry.kind)}, whose condition does not exist"
        if entry.type not in model.types:
            yield f"is for {quoted(entry.kind)}, whose type does not exist"
        elif entry.relation is not None and entry.wildcard:
            yield f"is for everyone and for {quoted(entry.relation)} in one entry"
        elif entry.relation is not None and entry.relation not in model.types[entry.type]:
            yield f"is for {quoted(entry.kind)}, whose relation does not exist"


def _tupleset_problems(types: Types, type: str, inherited: str, tupleset: str) -> Iterator[str]:
    match types[type].get(tupleset):
        case None:
            yield f"follows {quoted(tupleset)}, which does not exist"
        case Direct(restrictions) if all(entry.relation is None and not entry.wildcard for entry in restrictions):
            if not any(inherited in types.get(parent, {}) for parent in tupleset_types(types, type, tupleset)):
                yield f"takes {quoted(inherited)} from {quoted(tupleset)}, none of whose types has it"
        case _:
            yield f"follows {quoted(tupleset)}, which is not a list of plain types"
