"""Documents drawn at random: those that text can say, and the many more that JSON can."""

from dataclasses import replace
from typing import TypeAlias

from hypothesis import strategies as st

from authz_core import Condition, Document, Parameter, ParameterKind, ParameterType, Restriction
from authz_core.language.document import (
    ComputedUserset,
    ConditionDefinition,
    Difference,
    Entry,
    Expression,
    IntersectionOf,
    RelationDefinition,
    This,
    TupleToUserset,
    TypeDefinition,
    UnionOf,
)

Texts: TypeAlias = st.SearchStrategy[str]

CONTAINERS = (ParameterKind.LIST, ParameterKind.MAP)
SCALARS = tuple(kind for kind in ParameterKind if kind not in {*CONTAINERS, ParameterKind.ANY})
PIECES = (
    "x > 1",
    '"a } b" in [x]',
    "'#' == '\\''",
    'r"\\" != ""',
    "// isn't this {\n",
    '"""a "quoted" }\n  b"""',
    "r'''\\'''",
    "b'}'",
    "//\n",
)

plain: Texts = st.builds(str.__add__, st.sampled_from("abZ_"), st.text("abZ_09-", max_size=3))
identifiers: Texts = plain | st.sampled_from(("model", "module", "schema", "type", "extend", "relation", "but", "self"))
names: Texts = st.builds(str.join, st.sampled_from("./"), st.lists(identifiers, min_size=1, max_size=2))
bodies: Texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(
    lambda pieces: " && ".join(pieces).strip()
)
words: Texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
"""Names of any characters, as only JSON can hold them."""


def entries(name: Texts, condition: Texts) -> st.SearchStrategy[Entry]:
    """Entries of each form, with and without a condition."""
    conditions = st.none() | condition
    subjects = st.builds(Restriction, name, st.none() | name, condition=conditions)
    everyone = st.builds(Restriction, name, wildcard=st.just(value=True), condition=conditions)
    return st.builds(Entry, subjects | everyone)


def expressions(name: Texts, fewest: int) -> st.SearchStrategy[Expression]:
    """Expressions without a list of types."""

    def operators(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        operands = st.lists(inner, min_size=fewest, max_size=3).map(tuple)
        return st.builds(UnionOf, operands) | st.builds(IntersectionOf, operands) | st.builds(Difference, inner, inner)

    leaves = st.builds(ComputedUserset, name) | st.builds(TupleToUserset, name, name)
    return st.recursive(leaves, operators, max_leaves=5)


def with_list(others: list[tuple[str, Expression]]) -> Expression:
    """An expression whose leftmost leaf is a list of types, with these operators around it."""
    expression: Expression = This()
    for operator, other in others:
        match operator:
            case "or":
                expression = UnionOf((expression, other))
            case "and":
                expression = IntersectionOf((expression, other))
            case _:
                expression = Difference(expression, other)
    return expression


def in_order(types: list[TypeDefinition], conditions: list[ConditionDefinition], version: str) -> Document:
    """A model with its conditions and their parameters in the order of their names."""
    settled = [
        replace(each, condition=replace(each.condition, parameters=tuple(sorted(each.condition.parameters, key=_name))))
        for each in conditions
    ]
    return Document(tuple(types), tuple(sorted(settled, key=_condition_name)), version)


def as_module(model: Document, module: str, extends: list[bool]) -> Document:
    """The module file that has the types and conditions of a model, some of the types as extensions."""
    types = {each.name: replace(each, module=module) for each in model.types}
    return Document(
        tuple(_extension(each) if added else each for each, added in zip(types.values(), extends, strict=False)),
        tuple(replace(each, module=module) for each in model.conditions),
        module=module,
    )


def as_listed(types: list[TypeDefinition], listed: dict[str, ConditionDefinition], version: str | None) -> Document:
    """A model whose conditions are listed under these names."""
    conditions = [replace(each, key=None if key == _condition_name(each) else key) for key, each in listed.items()]
    return Document(tuple(types), tuple(conditions), version)


def _name(named: RelationDefinition | Parameter) -> str:
    return named.name


def _condition_name(condition: ConditionDefinition) -> str:
    return condition.condition.name


def _extension(type_: TypeDefinition) -> TypeDefinition:
    added = tuple(replace(each, module=type_.module) for each in type_.relations)
    return replace(type_, relations=added, extends=True)


types = st.builds(ParameterType, st.sampled_from(SCALARS)) | st.builds(
    ParameterType, st.sampled_from(CONTAINERS), st.sampled_from(SCALARS)
)
parameters = st.lists(st.builds(Parameter, identifiers, types), min_size=1, max_size=3, unique_by=_name).map(tuple)
conditions = st.builds(ConditionDefinition, st.builds(Condition, identifiers, parameters, bodies))
without_list = expressions(names, 2)
listing = st.lists(st.tuples(st.sampled_from(("or", "and", "but not")), without_list), max_size=2).map(with_list)
listed_types = st.lists(entries(names, identifiers), min_size=1, max_size=3).map(tuple)
relations = st.builds(RelationDefinition, names, without_list) | st.builds(
    RelationDefinition, names, listing, listed_types
)

documents: st.SearchStrategy[Document] = st.builds(
    in_order,
    st.lists(st.builds(TypeDefinition, names, st.lists(relations, max_size=3, unique_by=_name).map(tuple)), max_size=3),
    st.lists(conditions, max_size=2, unique_by=_condition_name),
    st.sampled_from(("1.1", "1.2")),
)
"""Models that text can say."""

modules: st.SearchStrategy[Document] = st.builds(
    as_module, documents, identifiers, st.lists(st.booleans(), min_size=3, max_size=3)
)
"""Module files that text can say."""

origin = {"module": st.none() | words, "file": st.none() | words}
json_types = types | st.just(ParameterType(ParameterKind.ANY))
json_parameters = st.lists(st.builds(Parameter, words, json_types), max_size=3, unique_by=_name).map(tuple)
json_conditions = st.builds(ConditionDefinition, st.builds(Condition, words, json_parameters, words), **origin)
json_relations = st.builds(
    RelationDefinition,
    words,
    expressions(words, 0) | st.just(This()),
    st.lists(entries(words, words), max_size=3).map(tuple),
    **origin,
)
json_members = st.lists(json_relations, max_size=3, unique_by=_name).map(tuple)

json_documents: st.SearchStrategy[Document] = st.builds(
    as_listed,
    st.lists(st.builds(TypeDefinition, words, json_members, **origin), max_size=3),
    st.dictionaries(words, json_conditions, max_size=3),
    st.none() | words,
)
"""Models that JSON can say: with names of any characters, odd operands, and parts of several modules."""
