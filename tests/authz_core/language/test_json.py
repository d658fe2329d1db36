"""The JSON form of a model: what it may look like, and what is said where it does not."""

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from authz_core import Document, Fault, InvalidDocument, parse_dsl, parse_json, to_json
from authz_core.language.document import (
    ComputedUserset,
    ConditionDefinition,
    Expression,
    RelationDefinition,
    TypeDefinition,
    UnionOf,
)
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType

VECTORS = Path(__file__).parent / "vectors"
FORMS = sorted(path for folder in ("pairs", "merged") for path in (VECTORS / folder).glob("*.json"))
BROKEN = sorted((VECTORS / "broken_json").glob("*.json"))


def room(relations: object, **more: object) -> dict[str, object]:
    """A model in which rooms have these relations."""
    return {"schema_version": "1.1", "type_definitions": [{"type": "room", "relations": relations, **more}]}


def refused(value: dict[str, object] | str) -> tuple[Fault, ...]:
    """What is wrong with a JSON form."""
    with pytest.raises(InvalidDocument) as error:
        parse_json(value)
    return error.value.faults


def unwritable(document: Document) -> list[str]:
    """Why a document has no JSON form."""
    with pytest.raises(InvalidDocument) as error:
        to_json(document)
    return [fault.code for fault in error.value.faults]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_json_form_is_written_as_it_was_read(path: Path) -> None:
    """Nothing that a JSON form says gets lost or is added, and its order is kept."""
    text = path.read_text("utf-8")

    assert json.dumps(to_json(parse_json(text))) == json.dumps(json.loads(text))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_faults_name_the_path(path: Path) -> None:
    """All that is malformed is reported together, each with the path to it, what is there and what should be."""
    with pytest.raises(InvalidDocument) as error:
        parse_json(path.read_text("utf-8"))

    assert list(error.value.problems) == path.with_suffix(".txt").read_text("utf-8").splitlines()


def test_text_and_values_are_read_alike() -> None:
    """A model may be handed over as JSON text, as the values in it, or as any mapping of them."""
    text = (VECTORS / "pairs" / "conditions.json").read_text("utf-8")

    assert parse_json(text) == parse_json(json.loads(text)) == parse_json(MappingProxyType(json.loads(text)))


def test_what_servers_add_is_ignored() -> None:
    """The `id` of a stored model, empty texts, nulls and empty lists say nothing."""
    relations = {"a": {"computedUserset": {"object": "", "relation": "b"}}}
    listed = [{"type": "user", "relation": "", "condition": "", "wildcard": None}]
    about = {"a": {"directly_related_user_types": listed, "module": "", "source_info": None}}
    metadata = {"relations": about, "module": "", "source_info": {"file": ""}}
    parameters = {"x": {"type_name": "TYPE_NAME_INT", "generic_types": []}}
    condition = {"name": "c", "expression": "x > 1", "parameters": parameters, "metadata": None}

    read = parse_json({**room(relations, metadata=metadata), "id": "01H", "conditions": {"c": condition}})

    bare = {"a": {"computedUserset": {"relation": "b"}}}
    lists = {"relations": {"a": {"directly_related_user_types": [{"type": "user"}]}}}
    condition = {"name": "c", "expression": "x > 1", "parameters": {"x": {"type_name": "TYPE_NAME_INT"}}}
    assert to_json(read) == {**room(bare, metadata=lists), "conditions": {"c": condition}}


def test_a_type_may_say_that_it_has_nothing() -> None:
    """Empty or absent relations, metadata and conditions are one and the same."""
    said = {"type": "room", "relations": {}, "metadata": {"relations": {}}}

    read = parse_json({"schema_version": "1.1", "type_definitions": [said], "conditions": {}})

    assert read == parse_json({"schema_version": "1.1", "type_definitions": [{"type": "room"}], "conditions": None})
    assert to_json(read) == {"schema_version": "1.1", "type_definitions": [{"type": "room"}]}


def test_what_has_no_text_form_is_read_all_the_same() -> None:
    """Whether a JSON form means anything is not the question here: names, versions and operands may be odd."""
    for path in sorted((VECTORS / "without_text").glob("*.json")):
        form = json.loads(path.read_text("utf-8"))
        read = parse_json(form)

        assert parse_json(to_json(read)) == read


def test_a_condition_may_be_listed_under_another_name() -> None:
    """The name in the list is kept where it is not the condition's own."""
    condition = {"name": "b", "expression": "x", "parameters": {"x": {"type_name": "TYPE_NAME_BOOL"}}}
    form = {"schema_version": "1.1", "type_definitions": [], "conditions": {"a": condition}}

    read = parse_json(form)

    assert (read.conditions[0].key, read.conditions[0].condition.name) == ("a", "b")
    assert to_json(read) == form


@pytest.mark.parametrize("kind", list(ParameterKind))
def test_every_kind_of_parameter_has_a_name_in_json(kind: ParameterKind) -> None:
    """All kinds of values can be said in JSON, lists and maps with the kind of their elements, `any` included."""
    element = ParameterKind.ANY if kind in {ParameterKind.LIST, ParameterKind.MAP} else None
    condition = Condition("c", (Parameter("x", ParameterType(kind, element)),), "x == x")
    document = Document((), (ConditionDefinition(condition),), "1.1")

    assert f'"type_name": "TYPE_NAME_{kind.value.upper()}"' in json.dumps(to_json(document))
    assert parse_json(to_json(document)) == document


def test_places_in_json_text_are_places_of_syntax() -> None:
    """What is no JSON is reported with line and column, in characters that were there."""
    (fault,) = refused('{\n  "type_definitions": [,]\n}')

    assert fault.position is not None
    assert (fault.code, fault.position.line, fault.position.column, fault.found) == ("invalid-json", 1, 23, ",")


def test_values_of_other_languages_are_refused() -> None:
    """What JSON has no name for is refused under the name that Python has for it."""
    value: dict[str, object] = {"schema_version": b"1.1", "type_definitions": ()}

    assert [str(fault) for fault in refused(value)] == ["`$.schema_version` is bytes, expected a string"]
    assert "`$[?]` is a number" in str(refused({10**5_000: "x"})[0])  # type: ignore[dict-item]  # so it is
    assert "is bytes" in str(refused({"type_definitions": b"room"})[0])


def test_the_size_of_a_model_is_bounded() -> None:
    """Too long a text, too deep an expression and one that unfolds without end are refused at once."""
    shared: dict[str, object] = {"computedUserset": {"relation": "a"}}
    for _ in range(40):
        shared = {"union": {"child": [shared, shared]}}
    endless: dict[str, object] = {}
    endless["difference"] = {"base": endless, "subtract": endless}

    assert [fault.code for fault in refused(" " * (4 * 1024 * 1024 + 1))] == ["too-large"]
    assert [fault.code for fault in refused(room({"a": shared}))] == ["too-large"]
    assert [fault.code for fault in refused(room({"a": endless}))] == ["too-deep"]


def test_faults_in_json_are_counted_only_so_far() -> None:
    """A form that is wrong all over is left after a hundred faults."""
    assert len(refused(room({f"a{n}": {} for n in range(1_000)}))) == 100
    assert len(refused({"type_definitions": [room({"a": {}, "b": {}})] * 1_000})) == 100


def test_json_of_the_largest_text_is_read() -> None:
    """Whatever text can say, its JSON form can say too, many times longer though it is."""
    definition = "a: b" + " or b" * 52_000
    document = parse_dsl(f"model\n  schema 1.1\ntype room\n  relations\n    define {definition}\n")

    assert parse_json(json.dumps(to_json(document))) == document


def test_a_module_has_no_json_form() -> None:
    """Only the merged model has one; what extends a type has no place in it."""
    deep: Expression = ComputedUserset("a")
    for _ in range(66):
        deep = UnionOf((deep,))

    assert unwritable(Document(module="rooms")) == ["no-json-form"]
    assert unwritable(Document((TypeDefinition("room", extends=True),))) == ["extend-outside-module"]
    assert unwritable(Document((TypeDefinition("room", (RelationDefinition("a", deep),)),))) == ["too-deep"]
