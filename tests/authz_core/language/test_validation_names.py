"""How a model and what is in it may be called; each refused name beside one that is not."""

import pytest

from tests.authz_core.language.written import HEAD, STORED, USER, Json, codes, doc, faults, in_json


def condition(name: str, parameter: str) -> str:
    """A model with one condition of one parameter."""
    return doc(f"r: [user with {name}]", below=f"condition {name}({parameter}: int) {{ true }}\n")


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("reserved-type-keywords", HEAD + "type self\n", HEAD + "type selfish\n"),
        ("reserved-type-keywords", HEAD + "type this\n", HEAD + "type these\n"),
        ("reserved-relation-keywords", doc("self: [user]"), doc("selfish: [user]")),
        ("reserved-relation-keywords", doc("this: [user]"), doc("these: [user]")),
        ("invalid-name", f"{HEAD}type {'t' * 255}\n", f"{HEAD}type {'t' * 254}\n"),
        ("invalid-name", doc(f"{'r' * 51}: [user]"), doc(f"{'r' * 50}: [user]")),
        ("invalid-name", condition("c" * 51, "x"), condition("c" * 50, "x")),
        ("invalid-name", condition("c", "x" * 51), condition("c", "x" * 50)),
    ],
)
def test_names_are_short_and_not_reserved(code: str, wrong: str, right: str) -> None:
    """A type, relation, condition or parameter has a name of bounded length that means nothing else."""
    assert codes(wrong) == [code]
    assert codes(right) == []


@pytest.mark.parametrize("name", ["a b", "a:b", "a#b", "a@b", "a*", "", "a\tb", "a\x00b", "a\u200bb", "a\u00a0b"])
def test_a_name_holds_no_character_that_separates_or_hides(name: str) -> None:
    """Blanks, characters that separate, and characters that cannot be seen stand in no name."""
    assert codes(in_json({name: STORED}, {name: [USER]})) == ["invalid-name"]
    assert codes({"schema_version": "1.1", "type_definitions": [{"type": name}]}) == ["invalid-name"]


@pytest.mark.parametrize("name", ["a.b", "a/b", "1", "-", "é", "define", "list", "and"])
def test_the_json_form_knows_more_names_than_the_text(name: str) -> None:
    """Whatever separates nothing may be a name where the model is no text."""
    assert codes(in_json({name: STORED}, {name: [USER]})) == []


@pytest.mark.parametrize("name", ["bool", "string", "int", "uint", "double", "duration", "timestamp", "list", "map"])
def test_no_parameter_is_called_like_a_type(name: str) -> None:
    """A parameter that has the name of a type could not be told from it."""
    parameters = {name: {"type_name": "TYPE_NAME_BOOL"}}
    conditions = {"c": {"name": "c", "expression": "true", "parameters": parameters}}
    model = in_json({"r": STORED}, {"r": [{"type": "user", "condition": "c"}]}, conditions=conditions)

    assert codes(model) == ["reserved-parameter-keywords"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_two_versions_are_known(version: str) -> None:
    """A model says one of the versions of the language that have conditions and type restrictions."""
    assert codes({"schema_version": version, "type_definitions": [{"type": "user"}]}) == []


@pytest.mark.parametrize("version", ["1.0", "1.3", "01.1", "one"])
def test_another_version_is_refused(version: str) -> None:
    """A model of an unknown version is not guessed at."""
    assert codes({"schema_version": version, "type_definitions": [{"type": "user"}]}) == ["invalid-schema"]


def test_a_lone_module_is_no_model() -> None:
    """What has no schema version is a part of a model at most."""
    assert codes("module core\ntype user\n") == ["schema-version-required"]
    assert codes("module core\nextend type user\n") == ["schema-version-required", "extension-not-merged"]


def origins(*pairs: tuple[str, str]) -> Json:
    """A model of types from these modules and files."""
    types = [
        {"type": f"t{number}", "metadata": {"module": module, "source_info": {"file": file}}}
        for number, (module, file) in enumerate(pairs)
    ]
    return {"schema_version": "1.2", "type_definitions": types}


def test_a_file_belongs_to_one_module() -> None:
    """A module may have several files, and a file has one module, whoever put the model together."""
    assert codes(origins(("a", "x.fga"), ("b", "x.fga"), ("b", "x.fga"))) == ["multiple-modules-in-file"]
    assert codes(origins(("a", "x.fga"), ("a", "y.fga"), ("b", "z.fga"))) == []


def test_modules_have_names_too() -> None:
    """A module is called as relations and conditions are."""
    assert codes(origins(("a b", "x.fga"), ("a b", "x.fga"))) == ["invalid-name"]
    assert codes(origins(("m" * 51, "x.fga"))) == ["invalid-name"]
    assert codes(origins(("m" * 50, "x.fga"))) == []


def test_the_place_of_a_name_is_reported() -> None:
    """A fault says which text stands where, in which line and column counted from zero."""
    (fault,) = faults(doc("reader: [user]", "self: [user]"))

    assert fault.found == "self"
    assert fault.position is not None
    assert (fault.position.line, fault.position.column) == (9, 11)
    assert str(fault).startswith("line 10, column 12: a relation is never called `self`")


def test_names_come_first() -> None:
    """As long as a name is wrong, nobody is told where the names lead."""
    assert codes(doc("self: ghost", "r: [user, user]")) == ["reserved-relation-keywords"]
