"""Facts from lists and files, whichever form they have."""

import pytest

from tests.policy_files.desk import Desk

MODEL = """\
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type document
  relations
    define viewer: [user, user:*, group#member, user with near]
condition near(ip: ipaddress, nets: list<string>) { ip.in_cidr("10.0.0.0/8") && size(nets) > 0 }
"""
ROWS = [
    ("user:ann", None),
    ("user:*", None),
    ("group:eng#member", None),
    ("user:bo", '{"nets":["a, \\"b\\""]}'),
]
FORMS = {
    "t.yaml": """\
- {user: 'user:ann', relation: viewer, object: 'document:1'}
- {user: 'user:*', relation: viewer, object: 'document:1'}
- {user: 'group:eng#member', relation: viewer, object: 'document:1'}
- user: user:bo
  relation: viewer
  object: document:1
  condition: {name: near, context: {nets: ['a, "b"']}}
""",
    "t.json": """\
[{"user": "user:ann", "relation": "viewer", "object": "document:1"},
 {"user": "user:*", "relation": "viewer", "object": "document:1"},
 {"user": "group:eng#member", "relation": "viewer", "object": "document:1", "condition": null},
 {"user": "user:bo", "relation": "viewer", "object": "document:1",
  "condition": {"name": "near", "context": {"nets": ["a, \\"b\\""]}}}]
""",
    "t.jsonl": """\
{"user": "user:ann", "relation": "viewer", "object": "document:1"}

{"user": "user:*", "relation": "viewer", "object": "document:1"}
{"user": "group:eng#member", "relation": "viewer", "object": "document:1"}
  {"relation": "viewer", "object": "document:1", "condition": {"name": "near", "context": {"nets": ["a, \\"b\\""]}}, \
"user": "user:bo"}
""",
    "t.csv": (
        "object_id,object_type,relation,user_relation,user_id,user_type,condition_context,condition_name\n"
        "1,document,viewer,,ann,user,,\n"
        "1,document,viewer,,*,user,,\n"
        "\n"
        "1,document,viewer,member,eng,group,,\n"
        '1,document,viewer,,bo,user,"{""nets"":\n'
        ' [""a, \\""b\\""""]}",near\n'
    ),
}
FORMS["t.yml"] = FORMS["t.yaml"]
LINES = {
    "t.yaml": [1, 2, 3, 4],
    "t.yml": [1, 2, 3, 4],
    "t.json": [1, 2, 3, 4],
    "t.jsonl": [1, 3, 4, 5],
    "t.csv": [2, 3, 5, 6],
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_the_same(desk: Desk, name: str) -> None:
    """The same facts are read from YAML, JSON, JSON lines and CSV, each with the line where it stands."""
    desk.put(name, FORMS[name])
    policy = desk.read(desk.tests(f"tuple_file: {name}\n", model=MODEL))
    found = [(fact.relationship.subject, fact.relationship.condition) for fact in policy.facts]
    assert [(subject, None if each is None else each.context) for subject, each in found] == ROWS
    assert [fact.place.line for fact in policy.facts] == LINES[name]


def test_facts_are_joined_in_their_order(desk: Desk) -> None:
    """First come `tuples`, then the one file, then the files, and then what a test adds."""
    for number in range(1, 5):
        desk.put(f"{number}.jsonl", f'{{"user": "user:u{number}", "relation": "viewer", "object": "document:1"}}\n')
    text = """\
tuple_files: [2.jsonl, 3.jsonl]
tuple_file: 1.jsonl
tuples: [{user: 'user:u0', relation: viewer, object: 'document:1'}]
tests:
  - tuple_file: 4.jsonl
    tuples: [{user: 'user:u5', relation: viewer, object: 'document:1'}]
"""
    policy = desk.read(desk.tests(text, model=MODEL))
    assert [fact.relationship.subject for fact in policy.facts] == ["user:u0", "user:u1", "user:u2", "user:u3"]
    assert [fact.relationship.subject for fact in policy.tests[0].facts] == ["user:u5", "user:u4"]


def test_the_same_fact_on_another_condition_is_a_duplicate(desk: Desk) -> None:
    """A condition does not tell facts apart, so no fact stands twice with different ones, in whichever file."""
    desk.put("t.jsonl", '{"user": "user:ann", "relation": "viewer", "object": "document:1"}\n')
    text = """\
tuples: [{user: 'user:ann', relation: viewer, object: 'document:1', condition: {name: near}}]
tuple_file: t.jsonl
"""
    path = desk.tests(text, model=MODEL)
    place = f"{path}:12:10"
    assert desk.faults(path) == [
        f"t.jsonl:1:1: `user:ann` `viewer` `document:1` is listed already, at {place}".replace(f"{desk.folder}/", "")
    ]


def test_two_tests_may_list_the_same_fact(desk: Desk) -> None:
    """What one test adds is not there for another."""
    one = "  - tuples: [{user: 'user:ann', relation: viewer, object: 'document:1'}]\n"
    assert desk.faults(desk.tests(f"tests:\n{one}{one}", model=MODEL)) == []


def test_a_table_without_rows_is_no_mistake(desk: Desk) -> None:
    """A table with a header alone lists nothing; one without a header is refused."""
    header = FORMS["t.csv"].splitlines()[0]
    desk.put("t.csv", f"{header}\n")
    assert desk.read(desk.tests("tuple_file: t.csv\n", model=MODEL)).facts == ()
    desk.put("t.csv", "")
    assert len(desk.faults(desk.tests("tuple_file: t.csv\n", model=MODEL))) == 5


def test_a_table_that_cannot_be_taken_apart_is_refused(desk: Desk) -> None:
    """A quotation mark that stands wrong is told with its line."""
    header = FORMS["t.csv"].splitlines()[0]
    desk.put("t.csv", f'{header}\n"1"x,document\n')
    (fault,) = desk.faults(desk.tests("tuple_file: t.csv\n", model=MODEL))
    assert fault.startswith("t.csv:2: this is no CSV: ")
