"""Laws of the two written forms: what one of them says survives the way into the other and back."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from authz_core import Document, InvalidDocument, parse_dsl, parse_json, print_dsl, to_json
from authz_core.language.document import Expression, IntersectionOf, UnionOf
from tests.authz_core.language.drawn_documents import PIECES, documents, json_documents, modules

anything = st.text(st.characters(codec="utf-8"), max_size=10)


def with_conditions_turned(document: Document) -> Document:
    """The document with its conditions and their parameters in another order."""
    conditions = [
        replace(each, condition=replace(each.condition, parameters=each.condition.parameters[::-1]))
        for each in document.conditions
    ]
    return replace(document, conditions=tuple(conditions[::-1]))


def turned(document: Document) -> Document:
    """The document with the operands of its outermost operators in another order, too."""
    return replace(
        with_conditions_turned(document),
        types=tuple(
            replace(each, relations=tuple(replace(own, expression=reverse(own.expression)) for own in each.relations))
            for each in document.types
        ),
    )


def reverse(expression: Expression) -> Expression:
    """The same expression with the operands of a union or intersection turned round."""
    match expression:
        case UnionOf(operands):
            return UnionOf(operands[::-1])
        case IntersectionOf(operands):
            return IntersectionOf(operands[::-1])
        case _:
            return expression


@given(documents)
def test_text_gives_back_the_document(document: Document) -> None:
    """A model in the order of its text is read from its text as it was."""
    assert parse_dsl(print_dsl(document)) == document


@given(modules)
def test_text_gives_back_the_module(module: Document) -> None:
    """A module file is read from its text as it was, extensions included."""
    assert parse_dsl(print_dsl(module)) == module


@given(json_documents)
def test_json_gives_back_the_document(document: Document) -> None:
    """Every model is read from its JSON form as it was, in values and in text, whatever its names look like."""
    assert parse_json(to_json(document)) == document
    assert parse_json(json.dumps(to_json(document))) == document


@given(documents)
def test_json_survives_the_way_through_text(document: Document) -> None:
    """The JSON form of a model that text can say is the same after it was printed and read."""
    form = to_json(document)

    assert to_json(parse_dsl(print_dsl(parse_json(form)))) == form


@given(documents.map(turned) | json_documents)
def test_what_is_printed_is_settled(document: Document) -> None:
    """A model in any order has no text form, or one that printing again does not change."""
    try:
        text = print_dsl(document)
    except InvalidDocument:
        return

    assert print_dsl(parse_dsl(text)) == text


@given(documents)
def test_order_that_means_nothing_is_not_printed(document: Document) -> None:
    """Conditions and parameters may stand in any order in JSON: the text is the same."""
    assert print_dsl(with_conditions_turned(document)) == print_dsl(document)


@given(st.lists(st.sampled_from(PIECES) | anything | st.sampled_from("\"'\\#{}/\n\r \tr"), max_size=8).map("".join))
def test_an_expression_is_printed_faithfully_or_not_at_all(expression: str) -> None:
    """What is read from the text of a condition is its expression, but for blanks at the ends of its lines."""
    parameters = {"x": {"type_name": "TYPE_NAME_INT"}}
    condition = {"name": "c", "expression": expression, "parameters": parameters}
    form = {"schema_version": "1.1", "type_definitions": [], "conditions": {"c": condition}}
    try:
        text = print_dsl(parse_json(form))
    except InvalidDocument:
        return

    (read,) = parse_dsl(text).conditions

    lines = expression.strip(" \t\r\n").split("\n")
    assert read.condition.expression.split("\n") == [line.rstrip(" \t\r") for line in lines]
