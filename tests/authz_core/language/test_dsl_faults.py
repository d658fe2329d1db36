"""What is said of texts that are no models."""

from pathlib import Path
from time import perf_counter

import pytest

from authz_core import Fault, InvalidDocument, InvalidModel, Position, parse_dsl, print_dsl
from authz_core.language.document import (
    ComputedUserset,
    ConditionDefinition,
    Document,
    Entry,
    Expression,
    RelationDefinition,
    This,
    TypeDefinition,
    UnionOf,
)
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType
from authz_core.model.rewrites import Restriction

BROKEN = sorted((Path(__file__).parent / "vectors" / "broken").glob("*.fga"))
HEAD = "model\n  schema 1.1\n"
LARGEST = 256 * 1024


def refused(text: str, file: str | None = None) -> tuple[Fault, ...]:
    """What is wrong with a text."""
    with pytest.raises(InvalidDocument) as error:
        parse_dsl(text, file)
    return error.value.faults


def unprintable(document: Document) -> tuple[str, ...]:
    """Why a document cannot be printed."""
    with pytest.raises(InvalidDocument) as error:
        print_dsl(document)
    return error.value.problems


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_each_fault_is_reported_where_it_stands(path: Path) -> None:
    """All misspelt statements are reported together, with line, column, the text found and what it should be."""
    with pytest.raises(InvalidDocument) as error:
        parse_dsl(path.read_text("utf-8"))

    assert list(error.value.problems) == path.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_faults_stand_where_they_say(path: Path) -> None:
    """What a fault names as found is what stands at its place, and places rise from one fault to the next."""
    text = path.read_text("utf-8")
    lines = text.split("\n")

    faults = refused(text)

    places = [(fault.position.line, fault.position.column) for fault in faults if fault.position is not None]
    assert len(places) == len(faults)
    assert places == sorted(places)
    for (line, column), fault in zip(places, faults, strict=True):
        assert lines[line][column:].startswith(fault.found or "")


def test_a_fault_is_a_value() -> None:
    """Programs read code, place, text found and text wanted, counted from zero, where people read a line."""
    faults = refused(f"{HEAD}type room key\n", "rooms.fga")

    place = Position(2, 10, "rooms.fga")
    assert faults == (Fault("syntax-error", "unexpected `key`", place, "key", "the end of the line"),)
    assert str(faults[0]) == "rooms.fga, line 3, column 11: unexpected `key`, expected the end of the line"


def test_all_faults_are_one_error() -> None:
    """The error names every fault, and is an invalid model to those who do not care where it was written."""
    with pytest.raises(InvalidModel) as error:
        parse_dsl(f"{HEAD}type 1\ntype 2\n")

    assert error.value.code == "invalid_document"
    assert len(error.value.problems) == 2
    assert str(error.value) == "; ".join(error.value.problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "syntax-error"),
        ("model\nschema 1.3", "invalid-schema"),
        (f"{HEAD}extend type a", "extend-outside-module"),
        (f"{HEAD}type a\nrelations\ndefine b: [a]\ndefine b: [a]", "duplicated-error"),
        ("module m\nextend type a\nextend type a", "duplicated-error"),
        ("module m\ntype a\nextend type a", "duplicated-error"),
        (f"{HEAD}type a\nrelations\ndefine b: {'(' * 65}", "too-deep"),
        (f"{HEAD}#{'x' * LARGEST}", "too-large"),
        (f"{HEAD}#{'é' * (LARGEST // 2)}", "too-large"),
        (f"{HEAD}# \udc80", "syntax-error"),
    ],
)
def test_faults_are_told_apart_by_code(text: str, code: str) -> None:
    """Programs tell kinds of fault apart without reading the message."""
    assert [fault.code for fault in refused(text)] == [code]


def test_half_a_character_is_found() -> None:
    """What cannot be written to a file is reported where it stands, in a comment too."""
    (fault,) = refused(f"{HEAD}# \ud83d", "a.fga")

    assert fault.position == Position(2, 2, "a.fga")


def test_a_file_that_is_too_large_is_named() -> None:
    """Where several files are read, the fault says which of them is too large."""
    assert (
        str(refused("#" * (LARGEST + 1), "a.fga")[0]) == f"a.fga, line 1, column 1: text is larger than {LARGEST} bytes"
    )


def test_the_largest_text_is_read() -> None:
    """A text of exactly 256 KiB is read."""
    assert parse_dsl(HEAD + "#" * (LARGEST - len(HEAD))).types == ()


def test_faults_are_counted_only_so_far() -> None:
    """A text that is no model at all is left after a hundred faults."""
    assert len(refused("?\n" * 10_000)) == 100
    assert len(refused("module m\n" + "extend type a\n" * 10_000)) == 100


@pytest.mark.parametrize(
    "hostile",
    [
        "(" * LARGEST,
        "define a: " + "(" * 200_000,
        "define a: [" + "a, " * 60_000,
        "define a: [\n" * 20_000,
        "define a: [" + "\n" * 200_000,
        "condition a(" * 20_000,
        "condition a(\n" * 20_000,
        "condition a(a: int) {\n" * 10_000,
        "condition a(a: int) {" + '"' * 200_000,
        "condition a(a: int) {" + '\\"' * 100_000,
        "condition a(a: int) {" + '"\\"' * 60_000,
        "condition a(a: int) {" + "'''\\" * 50_000,
        "condition a(a: int) {" + "r'''" * 50_001,
        "condition a(a: int) {" + '"""\'\n' * 40_001,
        "condition a(a: int) {" + "//" * 100_000,
        "condition a(a: int) { a }\n" * 8_000,
        "condition a(" + ", ".join(f"a{n}: int" for n in range(20_000)) + ") { a",
        "type a\nrelations\n" + "".join(f"define a{n}: a\n" for n in range(12_000)),
        " " * LARGEST,
        " #" * 100_000,
        "\t" * 200_000 + "x",
        "but not " * 30_000,
        "\x00\x01\xff" * 60_000,
        "a." * 100_000,
        "\n" * 200_000,
        "\r" * 200_000,
    ],
    ids=lambda hostile: repr(hostile[:24]),
)
def test_hostile_texts_take_little_time(hostile: str) -> None:
    """A text made to be slow to read is read or refused at the speed of any other."""
    began = perf_counter()

    with pytest.raises(InvalidDocument):
        parse_dsl(f"{HEAD}{hostile}"[: LARGEST - 2] + "\nx")

    assert perf_counter() - began < 10


def in_room(expression: Expression, *types: str) -> Document:
    """A document with one relation."""
    relation = RelationDefinition("key", expression, tuple(Entry(Restriction(type_)) for type_ in types))
    return Document((TypeDefinition("room", (relation,)),))


def test_what_is_made_by_hand_is_printed_only_if_it_can_be_read() -> None:
    """Names that occur twice and extensions outside of modules are refused by the printer as by the reader."""
    relation = RelationDefinition("key", ComputedUserset("a"))
    type_ = Parameter("a", ParameterType(ParameterKind.INT))
    condition = ConditionDefinition(Condition("c", (type_,), "a > 1"))
    twice = ConditionDefinition(Condition("c", (type_, type_), "a > 1"))

    assert unprintable(Document((TypeDefinition("room", (relation, relation)),))) == (
        "relation `key` is defined twice",
    )
    assert unprintable(Document((), (condition, condition))) == ("condition `c` is defined twice",)
    assert unprintable(Document((), (twice,))) == ("parameter `a` is defined twice",)
    assert unprintable(Document((TypeDefinition("room", extends=True),))) == (
        "type `room` is extended outside a module, expected a definition",
    )
    assert unprintable(Document(module="a.b"))[0].startswith("module `a.b` has no text form")


def test_what_is_too_deep_or_too_large_is_not_printed() -> None:
    """The printer keeps to the bounds of the reader."""
    deep: Expression = ComputedUserset("a")
    for _ in range(66):
        deep = UnionOf((deep, ComputedUserset("b")))
    wide = UnionOf((This(), *[ComputedUserset("a" * 50)] * 6_000))

    assert unprintable(in_room(deep)) == ("relation `key` has no text form: it nests operators more than 64 deep",)
    assert unprintable(in_room(wide, "room")) == (f"text is larger than {LARGEST} bytes",)
