"""Tests of a policy are run as written: each on fresh facts, every question once, every answer compared."""

from typing import Any

import pytest

from delegation.policy import FileResult, recorded, run_file
from tests.policy_files.desk import CATALOG, Desk

FACTS = """\
tuples:
  - {user: 'user:ann', relation: editor, object: 'document:1'}
  - {user: 'user:*', relation: viewer, object: 'document:2'}
  - {user: 'group:eng#member', relation: viewer, object: 'document:3'}
  - {user: 'user:bo', relation: member, object: 'group:eng'}
  - {user: 'user:bo', relation: blocked, object: 'document:2'}
"""
LIST_USERS = "list_users: [{object: '%s', user_filter: [{%s}], assertions: {viewer: {users: []}}}]"
CONDITIONAL = """\
model
  schema 1.1
type user
type document
  relations
    define viewer: [user with daytime]
condition daytime(hour: int, since: int) { hour > since - 1 && 10 / (hour - 7) > 0 }
"""


def results(desk: Desk, text: str, **model: str) -> FileResult:
    """How the tests in a file end."""
    return run_file(desk.tests(text, **model), allow_external_files=False)


def got(result: FileResult) -> list[object]:
    """The answers, or the errors where there is none."""
    outcomes = [outcome for test in result.results for outcome in test.outcomes]
    return [outcome.error if outcome.got is None else outcome.got for outcome in outcomes]


def test_lists_of_a_check_multiply(desk: Desk) -> None:
    """Each user is asked about each object, for each relation, in this order."""
    text = """\
tests:
  - check:
      - users: [user:ann, user:bo]
        objects: [document:1, document:3]
        assertions: {viewer: true, editor: false}
"""
    result = results(desk, FACTS + text)
    asked = [(each.assertion.question, each.got) for each in result.results[0].outcomes]
    assert [(each.user, each.object, each.relation, answer) for each, answer in asked] == [  # type: ignore[union-attr]  # all are checks
        ("user:ann", "document:1", "viewer", True),
        ("user:ann", "document:1", "editor", True),
        ("user:ann", "document:3", "viewer", False),
        ("user:ann", "document:3", "editor", False),
        ("user:bo", "document:1", "viewer", False),
        ("user:bo", "document:1", "editor", False),
        ("user:bo", "document:3", "viewer", True),
        ("user:bo", "document:3", "editor", False),
    ]
    assert not result.has_passed


def test_a_check_that_would_explode_is_refused(desk: Desk) -> None:
    """Lists whose product is beyond all measure are refused before anything is asked."""
    users = ", ".join(f"'user:u{number}'" for number in range(400))
    text = f"tests:\n  - check:\n      - {{users: [{users}], objects: [{users}], assertions: {{viewer: true}}}}\n"
    assert desk.faults(desk.tests(text)) == [
        "a.fga.yaml:16:9: this and what stands above ask more than 100000 questions"
    ]
    one = f"      - &one {{users: [{users}], object: 'document:1', assertions: {{viewer: true}}}}\n"
    repeated = "      - *one\n" * 250
    told = desk.faults(desk.tests(f"tests:\n  - check:\n{one}{repeated}"))
    assert told == ["a.fga.yaml:266:9: this and what stands above ask more than 100000 questions"]


def test_a_flood_of_faults_is_cut(desk: Desk) -> None:
    """A hundred faults are told, and then how many more there are."""
    desk.put("t.jsonl", "{}\n" * 250)
    told = desk.faults(desk.tests("tuple_file: t.jsonl\n"))
    assert len(told) == 101
    assert told[-1] == "t.jsonl:101:1: and 150 faults from here on that are not shown"


def test_every_test_has_fresh_facts(desk: Desk) -> None:
    """What one test adds is gone in the next."""
    check = "    check: [{user: 'user:cy', object: 'document:1', assertions: {viewer: %s}}]\n"
    added = "  - tuples: [{user: 'user:cy', relation: viewer, object: 'document:1'}]\n"
    assert results(desk, f"{FACTS}tests:\n{added}{check % 'true'}  - name: other\n{check % 'false'}").has_passed


def test_objects_are_listed(desk: Desk) -> None:
    """The objects of a type that a user reaches are compared whatever their order; an empty list says none."""
    text = """\
tests:
  - list_objects:
      - {user: user:ann, type: document, assertions: {viewer: [document:2, document:1], blocked: []}}
      - {user: user:bo, type: document, assertions: {reader: [document:3]}}
      - {user: 'group:eng#member', type: document, assertions: {viewer: [document:3]}}
      - {user: user:ann, type: document, assertions: {viewer: [document:1, document:1, document:2]}}
"""
    result = results(desk, FACTS + text)
    assert [outcome.has_passed for outcome in result.results[0].outcomes] == [True, True, True, True, False]
    assert result.results[0].outcomes[-1].why == ("document:1 is expected 2 times",)


def test_users_are_listed(desk: Desk) -> None:
    """The users of the first form in the filter are compared: users, everyone, or usersets."""
    text = """\
tests:
  - list_users:
      - {object: document:3, user_filter: [{type: user}], assertions: {viewer: {users: [user:bo]}}}
      - {object: document:2, user_filter: [{type: user}], assertions: {viewer: {users: ['user:*']}}}
      - object: document:3
        user_filter: [{type: group, relation: member}, {type: user}]
        assertions: {viewer: {users: ['group:eng#member']}, editor: {users: []}}
"""
    result = results(desk, FACTS + text)
    assert result.has_passed, got(result)


def test_wrong_lists_are_explained_item_by_item(desk: Desk) -> None:
    """Of what is too much and of what is missing a few items are explained, and what is no reference says so."""
    text = """\
tests:
  - list_users:
      - {object: document:3, user_filter: [{type: user}], assertions: {viewer: {users: [user:ann, bo]}}}
    list_objects:
      - {user: user:ann, type: document, assertions: {viewer: [d5, d4, d6, d7]}}
"""
    objects, users = sorted(
        results(desk, FACTS + text).results[0].outcomes, key=lambda each: len(each.why), reverse=True
    )
    assert [why.split(":")[0] for why in users.why] == ["user", "user", "bo is missing"]
    assert [why.split(" is ")[1].split(":")[0] for why in users.why] == ["not expected", "missing", "missing"]
    assert users.why[2] == "bo is missing: `bo` is no reference: `type:id` is wanted"
    assert [why.split(" ")[0] for why in objects.why] == ["document:1", "document:2", "d5", "d4", "d6"]


def test_a_second_filter_is_worth_a_warning(desk: Desk) -> None:
    """Whoever writes several filters is told that only the first one counts."""
    text = """\
tests:
  - list_users:
      - object: document:3
        user_filter: [{type: group, relation: member}, {type: user}]
        assertions: {viewer: {users: []}}
  - name: nothing in here
"""
    warnings = [str(each).splitlines()[0].rpartition("/")[2] for each in desk.read(desk.tests(text)).warnings]
    assert warnings == [
        "a.fga.yaml:17:56: only the first `user_filter` counts",
        "a.fga.yaml:19:5: the test asserts nothing",
    ]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("check: [{user: 'usr:ann', object: 'document:1', assertions: {viewer: false}}]", "usr"),
        ("check: [{user: 'ann', object: 'document:1', assertions: {viewer: false}}]", "`ann` is no reference"),
        ("check: [{user: 'user:ann', object: 'paper:1', assertions: {viewer: false}}]", "paper"),
        ("check: [{user: 'user:ann', object: 'document:1', assertions: {owner: false}}]", "document#owner"),
        ("list_objects: [{user: 'user:ann', type: paper, assertions: {viewer: []}}]", "`paper`"),
        ("list_objects: [{user: 'user:ann', type: document, assertions: {owner: []}}]", "`owner`"),
        ("list_objects: [{user: 'usr:ann', type: document, assertions: {viewer: []}}]", "`usr`"),
        ("list_objects: [{user: 'group:eng#owner', type: document, assertions: {viewer: []}}]", "`owner`"),
        (LIST_USERS % ("paper:1", "type: user"), "`paper`"),
        (LIST_USERS % ("document:1", "type: usr"), "`usr`"),
        (LIST_USERS % ("document", "type: user"), "`document`"),
        (LIST_USERS % ("document:1", "type: group, relation: x"), "`x`"),
    ],
)
def test_a_name_that_there_is_not_is_no_answer(desk: Desk, question: str, told: str) -> None:
    """A question about a type or relation that the model does not have fails, though nothing is found."""
    result = results(desk, f"{FACTS}tests:\n  - {question}\n")
    (outcome,) = result.results[0].outcomes
    assert (outcome.got, outcome.has_passed) == (None, False)
    assert told in outcome.error


@pytest.mark.parametrize(
    ("context", "answer"),
    [("{hour: 9}", True), ("{hour: 6}", False), ("{}", None), ("{hour: x}", None), ("{hour: 7, since: 0}", None)],
)
def test_the_context_of_a_question_is_used(desk: Desk, context: str, *, answer: bool | None) -> None:
    """A condition sees the context of its question and what is stored with it; what it cannot work out is an error."""
    text = f"""\
tuples:
  - user: user:ann
    relation: viewer
    object: document:1
    condition: {{name: daytime, context: {{since: 7}}}}
tests:
  - check: [{{user: 'user:ann', object: 'document:1', context: {context}, assertions: {{viewer: true}}}}]
"""
    (outcome,) = results(desk, text, model=CONDITIONAL).results[0].outcomes
    assert (outcome.got, outcome.has_passed, bool(outcome.error)) == (answer, answer is True, answer is None)


def test_a_chain_may_have_twenty_four_hops(desk: Desk) -> None:
    """As far as OpenFGA goes, a question is answered; one hop further it is an error."""
    groups = "".join(
        f"  - {{user: 'group:{number + 1}#member', relation: member, object: 'group:{number}'}}\n"
        for number in range(30)
    )
    ask = "".join(
        f"  - check: [{{user: 'user:u', object: 'group:{at}', assertions: {{member: true}}}}]\n" for at in (6, 5)
    )
    facts = f"tuples:\n{groups}  - {{user: 'user:u', relation: member, object: 'group:30'}}\n"
    near, far = results(desk, f"{facts}tests:\n{ask}").results
    assert near.has_passed
    assert "too_complex" in far.outcomes[0].error


def test_a_catalog_is_tested_too(desk: Desk) -> None:
    """Roles and permissions of a catalog are asked for like relations."""
    desk.put("model.toml", CATALOG)
    text = """\
model_file: model.toml
tuples:
  - {user: 'user:ann', relation: viewer, object: 'workspace:1'}
tests:
  - check:
      - {user: 'user:ann', object: 'workspace:1', assertions: {'workspace:view': true, 'workspace:manage': false}}
"""
    assert run_file(desk.put("a.fga.yaml", text), allow_external_files=False).has_passed


def test_the_records_say_everything(desk: Desk) -> None:
    """For programs there is every assertion with its line, what was asked, expected and answered."""
    text = """\
tests:
  - name: one
    description: two
    check: [{user: 'user:ann', object: 'document:1', context: {a: 1}, assertions: {viewer: false}}]
    list_objects: [{user: 'user:ann', type: document, assertions: {editor: [document:1]}}]
    list_users: [{object: 'document:1', user_filter: [{type: usr}], assertions: {viewer: {users: []}}}]
"""
    records: dict[str, Any] = recorded([results(desk, FACTS + text)])
    (file,) = records["files"]
    (test,) = file["tests"]
    check, objects, users = test["assertions"]
    assert (records["passed"], test["name"], test["description"], test["line"]) == (False, "one", "two", 21)
    assert {key: value for key, value in check.items() if key != "why"} == {
        "kind": "Checks",
        "user": "user:ann",
        "relation": "viewer",
        "object": "document:1",
        "expected": False,
        "context": {"a": 1},
        "line": 23,
        "passed": False,
        "got": True,
        "error": None,
    }
    assert len(check["why"]) == 1
    assert (objects["kind"], objects["passed"], objects["got"]) == ("ListObjects", True, ("document:1",))
    assert (users["kind"], users["got"], users["error"]) == ("ListUsers", None, "there is no type `usr`")
    assert file["summary"]["Checks"] == {"passed": 0, "total": 1}
