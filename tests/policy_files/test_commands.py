"""What the commands say, and how they end."""

import json

import pytest

from tests.policy_files.desk import CATALOG, MODEL, Desk

FACTS = "tuples:\n  - {user: 'user:ann', relation: editor, object: 'document:1'}\n"
PASSING = f"""{FACTS}\
tests:
  - name: editors view
    check: [{{user: 'user:ann', object: 'document:1', assertions: {{viewer: true}}}}]
"""
FAILING = f"""{PASSING}\
  - name: mistaken
    check:
      - user: user:ann
        object: document:1
        context: {{now: "12:30"}}
        assertions:
          viewer: true
          blocked: true
      - {{user: 'usr:bo', object: 'document:1', assertions: {{viewer: false}}}}
    list_objects: [{{user: 'user:ann', type: document, assertions: {{viewer: [document:2]}}}}]
    list_users: [{{object: 'document:1', user_filter: [{{type: user}}], assertions: {{blocked: {{users: []}}}}}}]
"""


def test_what_passes_is_only_counted(desk: Desk) -> None:
    """When everything is as asserted, the summary is all there is, and the exit code is 0."""
    desk.tests(PASSING)
    said = desk.start("test", "a.fga.yaml")
    assert (said.code, said.out, said.err) == (0, "# Test Summary #\nTests 1/1 passing\nChecks 1/1 passing\n", "")


def test_what_fails_is_told_first(desk: Desk) -> None:
    """Of what fails, the place, the question, both answers and the reason are told before the summary."""
    desk.tests(FAILING)
    said = desk.type("test", "a.fga.yaml")
    assert (said.code, said.err) == (1, "")
    lines = said.out.splitlines()
    assert lines[:4] == [
        "(FAILING) mistaken: Checks (1/3 passing) | ListObjects (0/1 passing) | ListUsers (1/1 passing)",
        'a.fga.yaml:26:11: check user:ann blocked document:1, context {"now": "12:30"}',
        "  expected: true",
        "  got:      false",
    ]
    assert lines[4].startswith("  why:      ")
    error = lines.index("a.fga.yaml:27:61: check usr:bo viewer document:1")
    assert lines[error + 2].startswith("  got:      N/A, error: unknown_type")
    listed = lines.index("a.fga.yaml:28:68: list_objects user:ann viewer document")
    assert lines[listed + 1 : listed + 3] == ["  expected: [document:2]", "  got:      [document:1]"]
    reasons = [line for line in lines[listed:] if line.startswith("  why:      ")]
    assert reasons[0].startswith("  why:      document:1 is not expected: ")
    assert reasons[1].startswith("  why:      document:2 is missing: ")
    assert lines[-6:] == [
        "---",
        "# Test Summary #",
        "Tests 1/2 passing",
        "Checks 2/4 passing",
        "ListObjects 0/1 passing",
        "ListUsers 1/1 passing",
    ]


def test_several_files_are_summed_up_one_by_one(desk: Desk) -> None:
    """Every file has its own summary; one that cannot be run says so and fails the whole."""
    desk.tests(PASSING, "a.fga.yaml")
    desk.tests(PASSING.replace("user:ann", "usr:ann", 1), "b/b.fga.yaml")
    said = desk.type("test", ".")
    assert said.code == 1
    assert said.out.splitlines() == [
        "(ABORTED) b/b.fga.yaml: the tests cannot be run",
        "b/b.fga.yaml:15:5: there is no type `usr`",
        "      - {user: 'usr:ann', relation: editor, object: 'document:1'}",
        "        ^",
        "---",
        "# Test Summary #",
        "# file: a.fga.yaml",
        "Tests 1/1 passing",
        "Checks 1/1 passing",
        "# file: b/b.fga.yaml",
        "aborted: 1 fault",
    ]


@pytest.mark.parametrize("option", ["--json", "--verbose"])
def test_programs_get_json_alone(desk: Desk, option: str) -> None:
    """With `--json` standard output is JSON and nothing else; people read on standard error."""
    desk.tests(FAILING)
    said = desk.start("test", option, "a.fga.yaml")
    assert (said.code, said.records["passed"]) == (1, False)
    assert "# Test Summary #" in said.err


def test_a_path_that_leads_nowhere_is_a_mistake_of_the_command(desk: Desk) -> None:
    """A path without files ends with exit code 2: nothing tested must not look like everything passed."""
    for words in (("test", "none"), ("test", "*.yaml"), ("test",), ("validate", "."), ("graph", "none.fga")):
        assert desk.type(*words).code == 2


def test_nothing_a_file_says_reaches_the_terminal_unseen(desk: Desk) -> None:
    """Characters that move the cursor or hide text are shown escaped, wherever they come from."""
    desk.tests(PASSING)
    question = ("user:ann", "reader", "document:1", "--test", "\x1b[2J")
    assert "\\x1b[2J" in desk.type("explain", "a.fga.yaml", *question).err
    desk.put("b.fga.yaml", "\u202ename: x\n")
    for command in ("test", "validate"):
        said = desk.type(command, "b.fga.yaml")
        assert "\u202e" not in said.out
        assert "\\u202ename" in said.out


def test_links_out_need_leave(desk: Desk) -> None:
    """`--allow-external-files` follows references that lead out."""
    desk.put("model.fga", MODEL)
    desk.put("tests/a.fga.yaml", f"model_file: ../model.fga\n{PASSING}")
    assert desk.type("test", "tests").code == 1
    assert desk.type("test", "tests", "--allow-external-files").code == 0


def test_a_valid_file_is_summed_up(desk: Desk) -> None:
    """Of what is valid the kind is told, and how much of what is in it."""
    desk.tests(PASSING)
    desk.put("model.fga", MODEL)
    desk.put("model.toml", CATALOG)
    said = desk.type("validate", "a.fga.yaml", "model.fga", "model.toml")
    assert said.code == 0
    assert said.out.splitlines() == [
        "a.fga.yaml: valid: OpenFGA model, schema 1.1, 3 types, 5 relations, 1 tuple, 1 test, 1 assertion",
        "model.fga: valid: OpenFGA model, schema 1.1, 3 types, 5 relations",
        "model.toml: valid: role catalog, 1 type, 2 permissions, 1 role",
    ]


def test_an_invalid_file_is_told_with_all_its_faults(desk: Desk) -> None:
    """Every fault is told with line, column and what is meant; the exit code is 1."""
    desk.put("model.fga", MODEL.replace("[user, user:*, group#member]", "[usr, group#owner]"))
    said = desk.type("validate", "model.fga")
    assert (said.code, said.err) == (1, "")
    lines = said.out.splitlines()
    assert lines[0].startswith("model.fga:10:21: ")
    assert lines[1:3] == ["        define viewer: [usr, group#owner] or editor", "                        ^^^"]
    assert lines[3].startswith("model.fga:10:26: ")
    assert lines[-1] == "model.fga: invalid: 2 faults"


def test_validation_speaks_json_too(desk: Desk) -> None:
    """For programs there is one record a file, faults and warnings with their places."""
    desk.put("model.fga", MODEL.replace("[user, user:*, group#member]", "[usr]"))
    desk.put("model.toml", CATALOG)
    said = desk.type("validate", "--json", "model.fga", "model.toml")
    wrong, right = said.records
    assert said.code == 1
    assert (wrong["valid"], wrong["faults"][0]["line"], wrong["faults"][0]["column"]) == (False, 10, 21)
    assert (right["valid"], right["kind"], right["counts"]["roles"]) == (True, "role catalog", 1)


def test_rights_that_flow_elsewhere_are_worth_a_warning(desk: Desk) -> None:
    """Where rights flow on other ways than to what lies beneath, validation warns, unless the author names the way."""
    model = """\
model
  schema 1.1
type user
type folder
  relations
    define within: [folder]
    define viewer: [user] or viewer from within
"""
    desk.put("model.fga", model)
    said = desk.type("validate", "model.fga")
    assert (said.code, "warning: " in said.out) == (0, True)
    said = desk.type("validate", "model.fga", "--beneath", "within")
    assert (said.code, "warning: " in said.out) == (0, False)


def test_an_answer_is_explained(desk: Desk) -> None:
    """A yes and a no are explained and end with 0; what cannot be answered ends with 1."""
    desk.tests(PASSING)
    asked = ("explain", "a.fga.yaml")
    yes = desk.type(*asked, "user:ann", "reader", "document:1")
    no = desk.type(*asked, "user:bo", "reader", "document:1")
    neither = desk.type(*asked, "user:bo", "owner", "document:1")
    assert [each.code for each in (yes, no, neither)] == [0, 0, 1]
    assert all(each.out and not each.err for each in (yes, no, neither))
    assert isinstance(desk.type(*asked, "user:ann", "reader", "document:1", "--json").records, dict)


def test_the_facts_of_one_test_may_count_besides(desk: Desk) -> None:
    """With `--test` its facts count; a test that there is not is refused."""
    own = "    tuples: [{user: 'user:bo', relation: viewer, object: 'document:1'}]\n"
    desk.tests(PASSING + own)
    asked = ("explain", "a.fga.yaml", "user:bo", "reader", "document:1")
    assert desk.type(*asked).out != desk.type(*asked, "--test", "editors view").out
    refused = desk.type(*asked, "--test", "none")
    assert (refused.code, refused.err) == (1, "Error: a.fga.yaml: there is no test `none`\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("user:ann", "reader", "document:1", "--context", "[1]"), "--context: `context`: a table"),
        (("user:ann", "reader", "document:1", "--context", "{"), "--context: this is no JSON: "),
        (("user:ann", "reader", "document:1", "--context", "{} {}"), "--context: `{} {}` is more than one value"),
        (("ann", "reader", "document:1"), "a.fga.yaml: `ann` is no reference"),
        (("user:ann", "reader", "document"), "a.fga.yaml: `document` is no reference"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(desk: Desk, words: tuple[str, ...], told: str) -> None:
    """What makes no question is told in one line."""
    said = desk.type("explain", desk.tests(PASSING), *words)
    assert (said.code, said.out) == (1, "")
    assert told in said.err


def test_a_model_is_translated_there_and_back(desk: Desk) -> None:
    """Text becomes JSON and JSON text, and what comes back means the same."""
    desk.put("model.fga", MODEL)
    there = desk.type("transform", "model.fga")
    desk.put("model.json", there.out)
    back = desk.type("transform", "model.json")
    desk.put("again.fga", back.out)
    assert json.loads(there.out)["schema_version"] == "1.1"
    assert desk.type("transform", "again.fga").out == there.out
    assert desk.type("transform", "model.json", "--to", "json").out == there.out


def test_a_model_without_text_form_is_told(desk: Desk) -> None:
    """A model that only JSON can say is refused as text, and stays as it is as JSON."""
    relations = {
        "a": {"difference": {"base": {"computedUserset": {"relation": "b"}}, "subtract": {"this": {}}}},
        "b": {"this": {}},
    }
    entries = {name: {"directly_related_user_types": [{"type": "user"}]} for name in relations}
    types = [{"type": "user"}, {"type": "thing", "relations": relations, "metadata": {"relations": entries}}]
    desk.put("model.json", json.dumps({"schema_version": "1.1", "type_definitions": types}))
    assert desk.type("transform", "model.json", "--to", "json").code == 0
    said = desk.type("transform", "model.json")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Error: model.json: ")


def test_a_catalog_has_no_other_form(desk: Desk) -> None:
    """A role catalog cannot be written in OpenFGA's language, and that is said."""
    desk.put("model.toml", CATALOG)
    said = desk.type("transform", "model.toml")
    assert (said.code, said.err) == (1, "Error: model.toml: a role catalog has no form in OpenFGA's language\n")


def test_modules_become_one_model(desk: Desk) -> None:
    """A modular model is written as one."""
    desk.put("fga.mod", 'schema: "1.2"\ncontents: [core.fga]\n')
    desk.put("core.fga", "module core\n\ntype user\n")
    said = desk.type("transform", "--to", "text", "fga.mod")
    assert said.code == 0
    assert said.out.startswith("model\n  schema 1.2\n")


@pytest.mark.parametrize("tests", ["", "tests: []\n", "tests: [{name: silent}]\n"])
def test_what_asserts_nothing_does_not_pass(desk: Desk, tests: str) -> None:
    """A file in which nothing is asserted fails, for whoever relies on it believes that something was."""
    desk.tests(FACTS + tests)
    said = desk.type("test", "a.fga.yaml")
    assert said.code == 1
    assert "no assertion was run: a test wants `check`, `list_objects` or `list_users`" in said.out


def test_the_roles_of_members_are_looked_at(desk: Desk) -> None:
    """A catalog whose table of memberships makes no sense is invalid, as its types or roles would be."""
    desk.put("m.toml", f'{CATALOG}\n[memberships]\ndefault_role = "nobody-such"\n')
    said = desk.type("validate", "m.toml")
    assert (said.code, "nobody-such" in said.out) == (1, True)
