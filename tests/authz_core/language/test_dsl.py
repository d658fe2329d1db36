"""The text form of a model: what it says, and what is as good as nothing."""

import json
from pathlib import Path

import pytest

from authz_core import Document, InvalidDocument, Position, parse_dsl, parse_json, print_dsl, to_json
from authz_core.language.document import ComputedUserset, Difference, This, TupleToUserset, UnionOf

VECTORS = Path(__file__).parent / "vectors"
HEAD = "model\n  schema 1.1\n"


def named(*folders: str) -> list[str]:
    """The texts of some folders that have a JSON form beside them."""
    return sorted(f"{folder}/{path.stem}" for folder in folders for path in (VECTORS / folder).glob("*.fga"))


def text_of(name: str) -> str:
    """The text of a vector, to the last character."""
    return (VECTORS / f"{name}.fga").read_bytes().decode()


def form_of(name: str) -> dict[str, object]:
    """The JSON form of a vector."""
    form: dict[str, object] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return form


def room(*definitions: str) -> Document:
    """A model in which rooms have these relations."""
    lines = "".join(f"    define {definition}\n" for definition in definitions)
    return parse_dsl(f"{HEAD}type room\n  relations\n{lines}")


@pytest.mark.parametrize("name", named("pairs", "loose"))
def test_text_says_what_its_json_form_says(name: str) -> None:
    """Blanks, comments and superfluous parentheses change nothing, and everything else has its one JSON form."""
    assert to_json(parse_dsl(text_of(name))) == form_of(name)
    assert parse_dsl(text_of(name)) == parse_json(form_of(name))


@pytest.mark.parametrize("name", named("pairs", "merged"))
def test_a_json_form_is_printed_as_text(name: str) -> None:
    """A model is printed with one statement in a line, in a settled order and with no needless parentheses."""
    assert print_dsl(parse_json(form_of(name))) == text_of(name)


@pytest.mark.parametrize("name", named("pairs"))
def test_printed_text_is_printed_again_as_it_stands(name: str) -> None:
    """Who prints what was printed gets the same text."""
    assert print_dsl(parse_dsl(text_of(name))) == text_of(name)


@pytest.mark.parametrize("name", named("pairs", "loose"))
@pytest.mark.parametrize(
    ("old", "new"), [("\n", "\r\n"), ("  ", "\t"), ("\n", "\n\n"), ("\n", " # so it is\n"), ("\n  ", "\n")]
)
def test_line_ends_and_indentation_are_free(name: str, old: str, new: str) -> None:
    """Carriage returns, tabs, empty lines, comments and any indentation leave types and relations as they are."""
    assert parse_dsl(text_of(name).replace(old, new)).types == parse_dsl(text_of(name)).types


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    """Lines and columns count from zero in the text with its comments, and each place names the file."""
    text = "# one\n\nmodel\n  schema 1.1 # two\ntype room\n  relations\n    # three\n    define key: a or b from c\n"

    document = parse_dsl(text, "rooms.fga")

    (relation,) = document.types[0].relations
    assert isinstance(relation.expression, UnionOf)
    first, second = relation.expression.operands
    assert isinstance(first, ComputedUserset)
    assert isinstance(second, TupleToUserset)
    assert document.at == Position(3, 9, "rooms.fga")
    assert document.types[0].at == Position(4, 5, "rooms.fga")
    assert relation.at == Position(7, 11, "rooms.fga")
    assert first.at == Position(7, 16, "rooms.fga")
    assert (second.at, second.tupleset_at) == (Position(7, 21, "rooms.fga"), Position(7, 28, "rooms.fga"))


def test_entries_and_conditions_have_places_too() -> None:
    """The place of an entry is its type, wherever a line break puts it, and that of a condition is its name."""
    text = f"{HEAD}type a\n  relations\n    define b: [a,\n      a#b]\n\ncondition c(d: int) {{ d > 1 }}\n"

    document = parse_dsl(text)

    assert [entry.at for entry in document.types[0].relations[0].entries] == [Position(4, 15), Position(5, 6)]
    assert document.conditions[0].at == Position(7, 10)


def test_places_do_not_count_when_documents_are_compared() -> None:
    """The same model in two places is the same document."""
    assert room("a: [room]") == parse_dsl(f"# a comment\n{HEAD}type room\nrelations\ndefine a: [ room ]", "rooms.fga")


def test_the_deepest_parentheses_are_read() -> None:
    """Sixty-four parentheses may be open at once, each with an operator in it."""
    inner = "([room] or a) and b"
    for operator in ["or c", "but not d"] * 31:
        inner = f"({inner}) {operator}"

    document = room(f"a: ({inner}) and e")

    assert parse_json(to_json(document)) == document
    assert parse_dsl(print_dsl(document)) == document


def test_a_wide_expression_is_read() -> None:
    """An operator may join as many operands as the text has room for."""
    (relation,) = room("a: [room]" + " or b" * 50_000).types[0].relations

    assert isinstance(relation.expression, UnionOf)
    assert len(relation.expression.operands) == 50_001


def test_a_direct_list_may_stand_in_parentheses() -> None:
    """The leftmost leaf is leftmost however many parentheses stand before it."""
    (relation,) = room("a: (([room]) but not b)").types[0].relations

    assert relation.expression == Difference(This(), ComputedUserset("b"))


def test_a_module_file_knows_its_module() -> None:
    """Types and conditions of a module carry its name and file, and so do relations that an extension adds."""
    text = (
        "module rooms\n\ntype room\n  relations\n    define key: [room]\n\n"
        "extend type person\n  relations\n    define host: [room]\n\n"
        "extend type guest\n\ncondition now(hour: int) {\n  hour > 8\n}\n"
    )

    document = parse_dsl(text, "rooms.fga")

    assert (document.module, document.schema_version) == ("rooms", None)
    assert [(each.name, each.extends, each.module, each.file) for each in document.types] == [
        ("room", False, "rooms", "rooms.fga"),
        ("person", True, "rooms", "rooms.fga"),
        ("guest", True, "rooms", "rooms.fga"),
    ]
    own, added = document.types[0].relations[0], document.types[1].relations[0]
    assert ((own.module, own.file), (added.module, added.file)) == ((None, None), ("rooms", "rooms.fga"))
    assert (document.conditions[0].module, document.conditions[0].file) == ("rooms", "rooms.fga")
    assert print_dsl(document) == text


def test_the_file_of_a_plain_model_is_only_a_place() -> None:
    """A model that is no module does not say in its JSON form which file it was read from."""
    document = parse_dsl(f"{HEAD}type person\n", "model.fga")

    assert to_json(document) == {"schema_version": "1.1", "type_definitions": [{"type": "person"}]}


def test_a_model_without_a_version_prints_as_the_first() -> None:
    """Where the JSON form names no schema version, the text says 1.1."""
    assert print_dsl(Document()) == "model\n  schema 1.1\n"


def test_a_direct_operand_is_printed_first() -> None:
    """In text the list of types stands at the very left, so it changes places with what the JSON form has there."""
    form = form_of("pairs/rewrites")
    relations = form["type_definitions"][2]["relations"]  # type: ignore[index]  # it is a vector, and has them
    relations["reader"]["union"]["child"].reverse()

    assert "    define reader: [person, team#member] or reader from above or owner\n" in print_dsl(parse_json(form))


@pytest.mark.parametrize("path", sorted((VECTORS / "without_text").glob("*.json")), ids=lambda path: path.stem)
def test_some_models_have_no_text_form(path: Path) -> None:
    """What text cannot say is refused, everything that it cannot say at once."""
    document = parse_json(path.read_text("utf-8"))

    with pytest.raises(InvalidDocument) as refused:
        print_dsl(document)

    assert list(refused.value.problems) == path.with_suffix(".txt").read_text("utf-8").splitlines()
