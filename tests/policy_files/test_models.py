"""A model is read from whichever form holds it, and its faults are told where they stand."""

import json
import sys

import pytest

from tests.policy_files.desk import CATALOG, MODEL, Desk

FACT = "tuples:\n  - {user: 'user:ann', relation: viewer, object: '%s:1'}\n"
WITH_CONDITION = """\
model
  schema 1.1
type user
type document
  relations
    define viewer: [user with daytime]
condition daytime(hour: int) { hour >= 8 && hour < 18 }
condition unused(hour: int) { hour == 0 }
"""
WANTED = "is no path of a module, expected letters, digits, `_`, `-` and `/`, relative, at most 100 before `.fga`"
CORE = "module core\n\ntype user\n\ntype organization\n  relations\n    define member: [user]\n"
WIKI = "module wiki\n\nextend type organization\n  relations\n    define can_add: member\n\n"
WIKI += "type page\n  relations\n    define viewer: [user]\n"


def manifest(*contents: str, schema: str = '"1.2"') -> str:
    """A manifest that lists these files."""
    return f"schema: {schema}\ncontents:\n" + "".join(f"  - {each}\n" for each in contents)


def modular(desk: Desk) -> None:
    """Put a modular model on the desk."""
    desk.put("model/core.fga", CORE)
    desk.put("model/parts/wiki.fga", WIKI)
    desk.put("model/fga.mod", manifest("core.fga", "parts/wiki.fga"))


def test_a_model_within_the_file_wins(desk: Desk) -> None:
    """Where there is a `model`, a `model_file` is not even looked for, which is worth a warning."""
    path = desk.tests("model_file: nowhere.fga\n")
    (warning,) = desk.read(path).warnings
    assert str(warning).startswith(f"{path}:14:13: `model_file` is not read, because there is a `model`\n")


@pytest.mark.parametrize("name", ["model.fga", "model", "model.txt"])
def test_a_text_is_read_from_a_file(desk: Desk, name: str) -> None:
    """A file with any other ending holds OpenFGA's language."""
    desk.put(name, MODEL)
    policy = desk.read(desk.put("a.fga.yaml", f"model_file: {name}\n{FACT % 'document'}"))
    assert (policy.model.kind, len(policy.facts)) == ("OpenFGA model", 1)


def test_a_json_form_is_read(desk: Desk) -> None:
    """A file that ends in `json` holds the JSON form of a model."""
    desk.put("m.fga", MODEL)
    desk.put("model.json", desk.type("transform", desk.folder / "m.fga").out)
    policy = desk.read(desk.put("a.fga.yaml", f"model_file: model.json\n{FACT % 'document'}"))
    assert policy.model.kind == "OpenFGA model in JSON"
    assert desk.faults(desk.put("b.json", '{"schema_version": "1.1"')) != []


def test_modules_are_read_together(desk: Desk) -> None:
    """A manifest stands for the model that its modules make up, each path relative to the manifest."""
    modular(desk)
    policy = desk.read(desk.put("a.fga.yaml", f"model_file: model/fga.mod\n{FACT % 'page'}"))
    assert policy.model.kind == "modular OpenFGA model"
    assert [*policy.model.model.types] == ["user", "organization", "page"]
    assert [*policy.model.model.types["organization"]] == ["member", "can_add"]
    assert desk.type("validate", desk.folder / "model").code == 0


def test_a_catalog_is_read(desk: Desk) -> None:
    """A file that ends in `.toml` holds a role catalog."""
    desk.put("model.toml", CATALOG)
    policy = desk.read(desk.put("a.fga.yaml", f"model_file: model.toml\n{FACT % 'workspace'}"))
    assert policy.model.kind == "role catalog"
    assert [*policy.model.model.roles] == ["viewer"]


def test_an_unused_condition_is_only_worth_a_warning(desk: Desk) -> None:
    """By the rules of a store a model with an unused condition is valid, and its tests are run."""
    path = desk.tests(
        "tests:\n  - check: [{user: 'user:ann', object: 'document:1', assertions: {viewer: false}}]\n",
        model=WITH_CONDITION,
    )
    (warning,) = desk.read(path).warnings
    assert (warning.place.line, warning.code) == (9, "condition-not-used")
    assert desk.type("test", path).code == 0


def test_an_unused_condition_hides_nothing(desk: Desk) -> None:
    """Other faults of a model with an unused condition are told, and so is what is wrong with the condition itself."""
    wrong = WITH_CONDITION.replace("[user with daytime]", "[usr with daytime]").replace("hour == 0", "hour == ")
    told = desk.faults(desk.tests("", model=wrong))
    assert any(each.startswith("a.fga.yaml:7:23: ") and "`usr with daytime`" in each for each in told)
    only_inside = desk.faults(desk.tests("", model=WITH_CONDITION.replace("hour == 0", "hour == ")))
    assert only_inside


def test_faults_in_modules_are_told_in_their_files(desk: Desk) -> None:
    """A fault is told in the module where it stands."""
    modular(desk)
    desk.put("model/parts/wiki.fga", WIKI.replace("define viewer: [user]", "define viewer: [usr]"))
    (fault,) = desk.faults(desk.folder / "model" / "fga.mod")
    assert fault.startswith("model/parts/wiki.fga:9:21: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (manifest("core.fga", schema="1.2"), '1:9: `schema` is the text `"1.2"`, in quotes, not `1.2`'),
        (manifest("core.fga", schema='"1.1"'), '1:9: `schema` is the text `"1.2"`, in quotes, not `1.1`'),
        (manifest(schema="'1.2'"), "1:1: `fga.mod` needs `contents`"),
        ('schema: "1.2"\ncontents: []\n', "2:11: `contents` lists no file"),
        ('schema: "1.2"\ncontents: core.fga\n', "2:11: `contents`: a list is wanted, not `core.fga`"),
        ("contents: [core.fga]\n", "1:1: `fga.mod` needs `schema`"),
        (manifest("core.fga") + "more: x\n", "4:1: `fga.mod` has no key `more`: known are contents, schema"),
        (manifest("../core.fga"), "3:5: `../core.fga` " + WANTED),
        (manifest("'%2E%2e%2Fcore.fga'"), "3:5: `%2E%2e%2Fcore.fga` " + WANTED),
        (manifest("..%5Ccore.fga"), "3:5: `..%5Ccore.fga` " + WANTED),
        (manifest("/core.fga"), "3:5: `/core.fga` " + WANTED),
        (manifest("'%2fcore.fga'"), "3:5: `%2fcore.fga` " + WANTED),
        (
            manifest("core.txt"),
            "3:5: `core.txt` " + WANTED,
        ),
        (manifest("core.fga", "core.fga"), "4:5: `core.fga` is listed already, at model/fga.mod:3:5"),
        (manifest("none.fga"), "3:5: `none.fga` cannot be opened: No such file or directory"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(desk: Desk, text: str, told: str) -> None:
    """A manifest is as strict as everything else, and does not lead out of its directory in whatever spelling."""
    modular(desk)
    assert desk.faults(desk.put("model/fga.mod", text)) == [f"model/fga.mod:{told}"]


def test_a_whole_model_is_no_module(desk: Desk) -> None:
    """A file that a manifest lists begins with the name of its module."""
    modular(desk)
    desk.put("model/core.fga", MODEL)
    (fault,) = desk.faults(desk.folder / "model" / "fga.mod")
    assert fault.startswith("model/core.fga:2:10: ")


def test_a_module_without_its_model_is_no_model(desk: Desk) -> None:
    """A module by itself says no schema version, and is told apart from a model."""
    modular(desk)
    assert desk.faults(desk.folder / "model" / "core.fga") != []


def test_a_fault_of_the_whole_model_is_told_where_it_begins(desk: Desk) -> None:
    """What is wrong with a model as a whole is told at its key, or of its file."""
    huge = MODEL + "".join(f"type t{number}\n" for number in range(100))
    for path, place in (
        (desk.tests("", model=huge), "a.fga.yaml:"),
        (desk.put("b.fga.yaml", f"model: {json.dumps(huge)}\n"), "b.fga.yaml:1:8: "),
        (desk.put("m.fga", huge), "m.fga"),
    ):
        (fault,) = desk.faults(path)
        assert fault.startswith(place)


def test_a_condition_needs_its_library(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library that evaluates conditions is missing, its package is named."""
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    # An expression of its own: those that were understood before are remembered.
    faults = desk.faults(desk.put("m.fga", WITH_CONDITION.replace("hour >= 8", "hour >= 3 + 5")))
    assert any("cel-expr-python" in each for each in faults)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[types.a\n", "a.toml:1:9: this is no TOML: "),
        ("[types.a]\nparents = ['nothing']\n", "a.toml: "),
        ("[type.a]\n", "a.toml: `the document` has `type`"),
        (f"a = {'[' * 5000}{']' * 5000}\n", "a.toml: "),
    ],
)
def test_a_catalog_that_makes_no_sense_is_refused(desk: Desk, text: str, told: str) -> None:
    """Whatever is wrong with a catalog is told of its file, with the place where TOML gives it."""
    faults = desk.faults(desk.put("a.toml", text))
    assert faults
    assert all(each.startswith(told) for each in faults)


def test_a_model_that_is_folded_or_quoted_is_placed_by_its_own_lines(desk: Desk) -> None:
    """Where the lines of a model are not those of the file, the message counts the model's."""
    wrong = MODEL.replace("define blocked: [user]", "define blocked: [usr]")
    path = desk.put("a.fga.yaml", f"name: x\nmodel: {json.dumps(wrong)}\n")
    (fault,) = desk.faults(path)
    assert fault.startswith("a.fga.yaml:2:8: in line 11, column 22 of the model, ")


def test_a_model_may_begin_with_blank_lines_and_comments(desk: Desk) -> None:
    """Lines are counted from the top of the file, blank ones and comments in the model included."""
    wrong = "\n\n# ours\n" + MODEL.replace("define blocked: [user]", "define blocked: [usr]")
    path = desk.put(
        "a.fga.yaml", "# top\nmodel: |  # the model\n" + "".join(f"     {line}\n" for line in wrong.splitlines())
    )
    (fault,) = desk.faults(path)
    assert fault.startswith("a.fga.yaml:16:27: ")
