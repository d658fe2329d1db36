"""Texts of any kind: whatever they are, they are read or refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from authz_core import Document, InvalidDocument, parse_dsl, parse_json, print_dsl, to_json
from tests.authz_core.language.drawn_documents import documents, modules

Given = TypeVar("Given")

VECTORS = Path(__file__).parent / "vectors"
TEXTS = [path.read_text("utf-8") for path in sorted(VECTORS.glob("*/*.fga")) if path.stem != "nesting"]
FORMS = [json.loads(path.read_text("utf-8")) for path in sorted((VECTORS / "pairs").glob("*.json"))]
SNIPPETS = (
    *("model", "module m", "schema 1.1", "type", "extend type", "relations", "define", "condition c(", "with", "from"),
    *(" or ", " and ", " but not ", "but  not", "[", "]", "(", ")", "{", "}", "<", ">", ":", ":*", "#", " #", ",", "*"),
    *(
        '"',
        "'",
        '"""',
        "'''",
        'r"',
        "\\",
        "//",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "\x00",
        "\x0c",
        "\ufeff",
        "\u2028",
        "é",
        "\ud800",
    ),
)

anything = st.text(max_size=50) | st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=30).map("".join)
cut = st.tuples(
    st.integers(0, 2_000), st.integers(0, 40), st.sampled_from(SNIPPETS) | st.just("") | st.text(max_size=3)
)
sound = st.sampled_from(TEXTS) | documents.map(print_dsl) | modules.map(print_dsl)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
)


def outcome(read: Callable[[Given], Document], written: Given) -> Document | InvalidDocument:
    """The document of what is written, or the error that refuses it."""
    try:
        return read(written)
    except InvalidDocument as error:
        return error


def is_sound(outcome: Document | InvalidDocument) -> bool:
    """Whether a text was read, or refused with a place for each fault."""
    if isinstance(outcome, Document):
        return True
    return all(fault.position is not None and fault.message for fault in outcome.faults)


def damaged(value: object, data: st.DataObject) -> object:
    """The value with something else somewhere in it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: damaged(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], damaged(value[index], data), *value[index + 1 :]]
    return data.draw(junk | st.sampled_from(({}, {"this": {}}, {"computedUserset": {"relation": "a"}}, "")))


@given(anything)
@example("\ufeffmodel\n  schema 1.1")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text leads to any other error, and each fault has its place."""
    head = "model\n  schema 1.1\n"

    assert is_sound(outcome(parse_dsl, text))
    assert is_sound(outcome(parse_dsl, f"{head}{text}"))
    assert is_sound(outcome(parse_dsl, f"{head}type a\n  relations\n    define b: {text}"))
    assert is_sound(outcome(parse_dsl, f"{head}condition c(d: int) {{ {text}"))


@given(sound, st.lists(cut, min_size=1, max_size=4))
def test_what_can_be_read_can_be_printed(text: str, cuts: list[tuple[int, int, str]]) -> None:
    """A damaged model is refused, or is another model that can be printed and read again."""
    for start, length, put in cuts:
        at = start % (len(text) + 1)
        text = f"{text[:at]}{put}{text[at + length :]}"

    document = outcome(parse_dsl, text)

    assert is_sound(document)
    if isinstance(document, Document):
        printed = print_dsl(document)
        assert parse_dsl(printed).types == document.types
        assert print_dsl(parse_dsl(printed)) == printed


@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(("type_definitions", "conditions")), junk, max_size=3))
def test_any_value_is_a_model_in_json_or_refused(value: dict[str, object]) -> None:
    """No JSON value leads to any other error."""
    assert isinstance(outcome(parse_json, value), Document | InvalidDocument)


@given(st.sampled_from(FORMS), st.data())
def test_a_damaged_json_form_is_read_or_refused(form: dict[str, object], data: st.DataObject) -> None:
    """A form of which some part is something else is refused, or can be written and read again."""
    member = data.draw(st.sampled_from(sorted(form)))

    document = outcome(parse_json, {**form, member: damaged(form[member], data)})

    assert not isinstance(document, Document) or parse_json(to_json(document)) == document


@given(anything | sound.map(json.dumps))
def test_any_text_is_json_or_refused(text: str) -> None:
    """No text leads to any other error where JSON is expected."""
    assert isinstance(outcome(parse_json, text), Document | InvalidDocument)
