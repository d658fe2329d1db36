"""Laws of all models that can be written: built or refused, and in the end judged as the rules say word by word."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authz_core import (
    Computed,
    Condition,
    Direct,
    Document,
    Exclusion,
    Fault,
    FromParent,
    Intersection,
    InvalidDocument,
    InvalidModel,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Rewrite,
    Union,
    document_of,
    load_model,
    model_of,
    parse_dsl,
    print_dsl,
    validate_document,
    validate_model,
)
from authz_core.language.rewriting import types_of

TYPES = ("doc", "folder")
RELATIONS = ("r0", "r1", "r2", "r3")
TUPLESETS = ("parent", "home")

LATE = Condition("late", (Parameter("hour", ParameterType(ParameterKind.INT)),), "hour > 20")

Types = Mapping[str, Mapping[str, Rewrite]]
Place = tuple[str, str]

OPERATORS = st.sampled_from((" or ", " and "))
HOMES = st.sampled_from(("[folder]", "[doc, folder]", "[doc with late]"))


def joined(first: st.SearchStrategy[str], others: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Two or three operands, of which only the first may hold a list."""
    rest = st.lists(others, min_size=1, max_size=2)
    several = st.builds(lambda operator, left, right: operator.join((left, *right)), OPERATORS, first, rest)
    return st.one_of(several, st.builds("{} but not {}".format, first, others))


def expressions(entries: tuple[str, ...], names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Whatever a relation may be defined as by these entries and names."""
    lists = st.lists(st.sampled_from(entries), min_size=1, max_size=3, unique=True)
    listed = lists.map(lambda chosen: f"[{', '.join(chosen)}]")
    name = st.sampled_from(names)
    leaf = st.one_of(name, st.builds("{} from {}".format, name, st.sampled_from(TUPLESETS)))
    inner = st.recursive(leaf, lambda each: joined(each, each).map("({})".format), max_leaves=3)
    left = joined(listed, inner).map("({})".format)
    return st.one_of(listed, leaf, joined(st.one_of(listed, leaf), inner), joined(left, inner))


def written(bodies: Mapping[str, Mapping[str, str]]) -> str:
    """The text of a model with these definitions."""
    types = "".join(
        f"type {type_}\n  relations\n" + "".join(f"    define {name}: {body}\n" for name, body in definitions.items())
        for type_, definitions in bodies.items()
    )
    head = "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user, group#member]\n"
    return f"{head}{types}condition late(hour: int) {{ hour > 20 }}\n"


def texts(entries: tuple[str, ...], names: tuple[str, ...], homes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Models of two types whose relations are defined by these entries and names."""
    bodies = st.fixed_dictionaries(
        {**dict.fromkeys(RELATIONS, expressions(entries, names)), **dict.fromkeys(TUPLESETS, homes)}
    )
    return st.fixed_dictionaries(dict.fromkeys(TYPES, bodies)).map(written)


ENTRIES = ("user", "user:*", "user with late", "group#member", "doc#r0", "folder#r1", "doc#r2")
CLOSED = ("doc#r0", "folder#r1", "doc#r2", "folder#r3", "user")  # few of which let anybody in
ANY = texts(
    (*ENTRIES, "ghost", "doc#ghost", "user with ghost"),
    (*RELATIONS, *RELATIONS, "ghost"),
    st.one_of(HOMES, HOMES, st.sampled_from(("[folder:*]", "[doc] or r0"))),
)
NAMED = texts(CLOSED, RELATIONS, HOMES)
ENDINGS = {"relation-no-entry-point", "circular-relation", "condition-not-used"}


def entry(types: Types, place: Place, rewrite: Rewrite, path: frozenset[Place]) -> tuple[bool, bool]:
    """Whether somebody can hold what the rewrite says, and the mark of a loop: the rule word by word."""
    match rewrite:
        case Computed(relation):
            other = (place[0], relation)
            return (False, True) if other in path else entered(types, other, path)
        case Union(operands):
            found = [entry(types, place, operand, path) for operand in operands]
            is_open = any(each for each, _ in found)
            return is_open, not is_open and any(mark for _, mark in found)
        case Intersection(operands):
            return all_of([entry(types, place, operand, path) for operand in operands])
        case Exclusion(base, subtract):
            return all_of([entry(types, place, operand, path) for operand in (base, subtract)])
        case _:
            return from_elsewhere(types, place, rewrite, path), False


def all_of(found: list[tuple[bool, bool]]) -> tuple[bool, bool]:
    """Whether all operands can be held, and the mark of those that cannot."""
    return all(each for each, _ in found), any(mark for each, mark in found if not each)


def from_elsewhere(types: Types, place: Place, rewrite: Rewrite, path: frozenset[Place]) -> bool:
    """Whether somebody can hold what is stored or inherited."""
    match rewrite:
        case Direct(restrictions) if any(listed.relation is None for listed in restrictions):
            return True
        case Direct(restrictions):
            looked_at = [(listed.type, listed.relation or "") for listed in restrictions]
        case FromParent(relation, tupleset):
            followed = types[place[0]][tupleset]
            assert isinstance(followed, Direct)
            looked_at = [(listed.type, relation) for listed in followed.restrictions if relation in types[listed.type]]
        case _:
            raise AssertionError(rewrite)
    return any(each not in path and entered(types, each, path)[0] for each in looked_at)


def entered(types: Types, place: Place, path: frozenset[Place]) -> tuple[bool, bool]:
    """Whether somebody can hold the relation, and the mark."""
    return entry(types, place, types[place[0]][place[1]], path | {place})


def judged(document: Document) -> tuple[Fault, ...]:
    """What is wrong with a document."""
    try:
        validate_document(document)
    except InvalidDocument as error:
        return error.faults
    return ()


def shown(fault: Fault) -> Place:
    """The relation that a fault names first."""
    type_, _, relation = fault.message.split("`")[1].partition("#")
    return type_, relation


def accepts(model: Model) -> bool:
    """Whether a model made by hand is sound."""
    try:
        validate_model(model)
    except InvalidModel:
        return False
    return True


@given(st.one_of(ANY, NAMED))
def test_what_can_be_read_is_built_or_refused(text: str) -> None:
    """A document is refused with its faults, or it is a model that is sound and means its own document."""
    document = parse_dsl(text)
    if judged(document):
        with pytest.raises(InvalidDocument):
            model_of(document)
        return

    model = model_of(document)
    validate_model(model)
    assert model_of(document_of(model)).types == model.types
    assert load_model(print_dsl(document_of(model))).types == model.types


@given(NAMED)
def test_entry_points_are_those_of_the_rules(text: str) -> None:
    """Exactly those relations are refused for which the rules, followed word by word, find no way in."""
    document = parse_dsl(text)
    found = {fault.code: fault for fault in judged(document)}
    assume(found.keys() <= ENDINGS)
    types = types_of(document)
    places = [(type_, relation) for type_, relations in types.items() for relation in relations]
    ways = {place: entered(types, place, frozenset()) for place in places}
    closed = [fault for fault in judged(document) if fault.code == "relation-no-entry-point"]

    assert {shown(fault) for fault in closed} == {place for place, (is_open, _) in ways.items() if not is_open}
    assert {shown(fault) for fault in closed if "back" in fault.message} == {
        place for place, (_, mark) in ways.items() if mark
    }
    assert accepts(Model(types=types, conditions={"late": LATE})) is found.keys().isdisjoint(
        ENDINGS - {"condition-not-used"}
    )


@given(st.one_of(ANY, NAMED), st.data())
def test_a_damaged_text_is_read_or_refused(text: str, data: st.DataObject) -> None:
    """Whatever is cut out of a text, or put into it, leads to a model or to faults, and to nothing else."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    put = data.draw(
        st.one_of(st.sampled_from((*"[](){}:#,*\n ", " but not ", "define", "type", "extend")), st.text(max_size=3))
    )
    with suppress(InvalidDocument):
        assert isinstance(load_model(text[:start] + put + text[end:]), Model)
