"""Explanations as text and as JSON: both say what the value says, in bounded length."""

import json
import re
from pathlib import Path

import pytest

from authz_core import (
    Explanation,
    Holding,
    Limits,
    Model,
    Relationships,
    explain,
    load_model,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.explanation.documents import OFFICE, lines, until, why
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.worlds import holding

DELEGABLE = Model(OFFICE.types, delegable=frozenset({"doc"}), conditions=OFFICE.conditions)


def test_a_proof_reads_from_top_to_bottom() -> None:
    """Each line holds because of the next, and names the relationship that it rests on."""
    stored = lines(
        *(*APOLLO, "user:mia member group:studio", "group:studio#member member group:guild"),
        "group:guild#member workspace-editor workspace:w",
    )

    assert why(stored, "user:mia", "app:edit", "app:shop", model=SAAS).text() == (
        "allowed: user:mia has app:edit on app:shop\n"
        "  whoever has app:edit on project:apollo has app:edit on app:shop [project:apollo parent app:shop]\n"
        "  whoever has app:edit on workspace:w has app:edit on project:apollo [workspace:w parent project:apollo]\n"
        "  role workspace-editor gives app:edit on workspace:w\n"
        "  whoever has member on group:guild has workspace-editor on workspace:w"
        " [group:guild#member workspace-editor workspace:w]\n"
        "  whoever has member on group:studio has member on group:guild [group:studio#member member group:guild]\n"
        "  user:mia has member on group:studio [user:mia member group:studio]"
    )


def test_only_several_premises_move_to_the_right() -> None:
    """Operands stand beneath the expression that joins them; what is subtracted says why it is absent."""
    stored = [*lines("user:ann owner doc:a", "user:ann blocked doc:a", "user:ann excused doc:a")]
    stored[0] = until(17, "user:ann owner doc:a")

    assert why(stored, "user:ann", "forgiving", hour=9).text() == (
        "allowed: user:ann has forgiving on doc:a\n"
        "  forgiving on doc:a is viewer but not (blocked but not excused): each of these is so\n"
        "    whoever has owner on doc:a has viewer on it\n"
        "    user:ann has owner on doc:a [user:ann owner doc:a with in_office],"
        " where in_office is met: hour = 9, until = 17\n"
        "    blocked but not excused does not hold on doc:a, because\n"
        "      user:ann has excused on doc:a [user:ann excused doc:a]"
    )


def test_what_was_told_above_is_not_told_again() -> None:
    """A part that two operands rest on is told once and pointed at afterwards."""
    stored = lines("group:g#member viewer doc:a", "group:g#member approver doc:a", "user:ann member group:g")

    assert why(stored, "user:ann", "publisher").text().splitlines()[-1] == "    member on group:g, as above"


def test_everyone_is_called_everyone() -> None:
    """A wildcard reads as every subject of its type."""
    assert why(lines("user:* viewer doc:a"), "user:ann", "viewer").text().splitlines()[1] == (
        "  every user has viewer on doc:a [user:* viewer doc:a]"
    )


@pytest.mark.parametrize(
    ("explanation", "said"),
    [
        (
            why(lines("user:ann viewer doc:a"), "user:ann", "publisher"),
            (
                "denied as not_held: user:ann does not have publisher on doc:a\n"
                "  it lacks approver; it would be allowed with this change:\n"
                "  - [user:ann approver doc:a] is missing\n"
                "  then:\n"
                "    publisher on doc:a is viewer and approver: each of these is so\n"
                "      user:ann has viewer on doc:a [user:ann viewer doc:a]\n"
                "      user:ann has approver on doc:a [user:ann approver doc:a] (if changed)"
            ),
        ),
        (
            why(lines("user:ann viewer doc:a", "user:ann blocked doc:a"), "user:ann", "reader"),
            (
                "denied as not_held: user:ann does not have reader on doc:a\n"
                "  it would be allowed with this change:\n"
                "  - [user:ann blocked doc:a] takes it away and would have to go\n"
                "  then:\n"
                "    reader on doc:a is viewer but not blocked: each of these is so\n"
                "      user:ann has viewer on doc:a [user:ann viewer doc:a]\n"
                "      blocked does not hold on doc:a (if changed)"
            ),
        ),
        (
            why([until(17, "user:ann viewer doc:a")], "user:ann", "viewer"),
            (
                "denied as context_missing (`user:ann viewer doc:a`: condition `in_office` wants `hour`):"
                " user:ann does not have viewer on doc:a\n"
                "  it would be allowed with this change:\n"
                "  - [user:ann viewer doc:a with in_office] would have to count: condition `in_office` wants `hour`\n"
                "  then:\n"
                "    user:ann has viewer on doc:a [user:ann viewer doc:a with in_office] (if changed)"
            ),
        ),
        (
            why([], "user:ann", "publisher"),
            (
                "denied as not_held: user:ann does not have publisher on doc:a\n"
                "  it would be allowed with these 2 changes together:\n"
                "  - [user:ann viewer doc:a] is missing\n"
                "  - [user:ann approver doc:a] is missing\n"
                "  then:\n"
                "    publisher on doc:a is viewer and approver: each of these is so\n"
                "      user:ann has viewer on doc:a [user:ann viewer doc:a] (if changed)\n"
                "      user:ann has approver on doc:a [user:ann approver doc:a] (if changed)"
            ),
        ),
        (
            why([], holding("doc:a", "viewer"), "publisher", model=DELEGABLE),
            (
                "denied as not_held: a holder of viewer on doc:a does not have publisher on doc:a\n"
                "  it lacks approver; it would be allowed with this change:\n"
                "  - approver on doc:a would have to be held too\n"
                "  then:\n"
                "    publisher on doc:a is viewer and approver: each of these is so\n"
                "      a holder of viewer on doc:a has viewer on doc:a by definition\n"
                "      a holder of viewer on doc:a has approver on doc:a by definition (if changed)"
            ),
        ),
        (
            why(lines("user:ann project-viewer project:p"), "user:ann", "project:edit", "project:p", model=SAAS),
            (
                "denied as not_held: user:ann does not have project:edit on project:p\n"
                "  it would be allowed with this change:\n"
                "  - role project-viewer on project:p, held by [user:ann project-viewer project:p],"
                " does not contain project:edit; instead of it would do project-editor\n"
                "  then:\n"
                "    role project-viewer gives project:edit on project:p (if changed)\n"
                "    user:ann has project-viewer on project:p [user:ann project-viewer project:p]"
            ),
        ),
        (
            why([], holding("organization:o", "viewer"), "billing:view", "organization:o", model=SAAS),
            (
                "denied as administrative (billing:view):"
                " a holder of viewer on organization:o does not have billing:view on organization:o\n"
                "  billing:view is administrative, and no bound lets it through"
            ),
        ),
        (
            why([], holding("group:g"), "viewer"),
            (
                "denied as not_delegable (group): a holder of nothing on group:g does not have viewer on doc:a\n"
                "  no bound stands on an object of type group"
            ),
        ),
        (
            why([], "agent:a", "viewer"),
            "denied as not_held: agent:a does not have viewer on doc:a\n  no change was found that would allow it",
        ),
        (
            why([], "user:ann", "ghost", "group:g"),
            (
                "denied as unknown_relation (group#ghost): user:ann does not have ghost on group:g\n"
                "  the model does not have such a name; it has member"
            ),
        ),
    ],
)
def test_a_miss_says_what_would_change_it(explanation: Explanation, said: str) -> None:
    """A denial reads as what would have to be otherwise, and how it would then be allowed."""
    assert explanation.text() == said


def test_what_is_subtracted_does_not_count_against_a_bound() -> None:
    """The text of a bound's proof says that the subtracted side does not count."""
    found = why([], holding("doc:a", "viewer"), "reader", model=DELEGABLE)

    assert found.text().splitlines()[-1] == "    blocked does not count on doc:a"


def test_an_unnamed_choice_of_roles_is_left_out() -> None:
    """Where no other role would do, none is offered."""
    found = why(lines("user:ann app-viewer app:shop"), "user:ann", "app:edit", "app:shop", model=SAAS)

    assert found.text().splitlines()[2] == (
        "  - role app-viewer on app:shop, held by [user:ann app-viewer app:shop], does not contain app:edit"
    )


def test_what_must_be_known_not_to_count_is_said() -> None:
    """The text names the relationship whose condition could not be evaluated on the subtracted side."""
    found = why([*lines("user:ann viewer doc:a"), until(9, "user:ann blocked doc:a")], "user:ann", "reader")

    assert found.text().splitlines()[2] == (
        "  - [user:ann blocked doc:a with in_office] would have to be known not to count:"
        " condition `in_office` wants `hour`"
    )


def test_the_record_says_what_the_value_says() -> None:
    """JSON has the question, the answer, each step and each relationship under keys that do not change."""
    explanation = why([until(17, "user:ann approver doc:a")._replace(condition=None)], "user:ann", "approver")

    relationship = {"subject": "user:ann", "relation": "approver", "object": "doc:a", "condition": None}
    assert explanation.as_json() == {
        "decision": "allowed",
        "question": {"subject": "user:ann", "relation": "approver", "object": "doc:a"},
        "proof": {
            "shortest": True,
            "relationships": [relationship],
            "of_relationships": 1,
            "steps": [
                {
                    "kind": "direct",
                    "relation": "approver",
                    "object": "doc:a",
                    "expression": "[user, group#member]",
                    "relationship": relationship,
                    "values": {},
                    "premises": [],
                    "operand": False,
                    "supposed": False,
                }
            ],
            "of_steps": 1,
        },
    }


def test_the_record_of_a_denial_has_its_changes() -> None:
    """JSON of a denial has the reason, and the closest miss with its changes."""
    record = why([until(17, "user:ann owner doc:a")], "user:ann", "owner").as_json()

    assert (record["decision"], record["reason"]) == ("denied", "context_missing")
    miss = record["miss"]
    assert isinstance(miss, dict)
    assert (miss["kind"], miss["known"], miss["of_known"], miss["of_steps"]) == ("condition", [], 0, 1)
    assert miss["changes"] == [
        {
            "kind": "meet",
            "relation": "owner",
            "object": "doc:a",
            "relationship": {
                "subject": "user:ann",
                "relation": "owner",
                "object": "doc:a",
                "condition": {"name": "in_office", "context": {"until": 17}},
            },
            "detail": "condition `in_office` wants `hour`",
            "instead": [],
        }
    ]


@pytest.mark.parametrize(
    ("bound", "subject"),
    [(holding("doc:a", "viewer", "owner"), {"object": "doc:a", "relations": ["owner", "viewer"]})],
)
def test_a_bound_is_a_subject_with_parts(bound: Holding, subject: dict[str, object]) -> None:
    """JSON names what an imaginary holder holds, and where."""
    question = why([], bound, "publisher", model=DELEGABLE).as_json()["question"]

    assert isinstance(question, dict)
    assert question["subject"] == subject


def test_a_path_without_steps_says_that_it_may_not_be_the_shortest() -> None:
    """Where the shortest proof was not worked out, text and JSON say so and give the path that was found."""
    stored = Relationships(lines("group:g#member viewer doc:a", "user:ann member group:g"))
    facts = situation(OFFICE, stored, limits=Limits(steps=3))
    found = explain(OFFICE, facts, parse_subject("user:ann"), "viewer", parse_object("doc:a"))

    assert found.text() == (
        "allowed: user:ann has viewer on doc:a\n"
        "  by these relationships, perhaps not the fewest:\n"
        "  [user:ann member group:g]\n"
        "  [group:g#member viewer doc:a]"
    )
    proof = found.as_json()["proof"]
    assert isinstance(proof, dict)
    assert (proof["shortest"], proof["of_relationships"], proof["steps"]) == (False, 2, [])


def test_long_names_and_definitions_are_cut() -> None:
    """A definition that is too long to show, a value and a list of names end with a sign that they were cut."""
    relations = "\n".join(f"    define relation_number_{number:03}: [user]" for number in range(30))
    every = " or ".join(f"relation_number_{number:03}" for number in range(30))
    model = load_model(f"model\n  schema 1.1\ntype user\ntype doc\n  relations\n{relations}\n    define any: {every}\n")
    unknown = why([], "user:ann", "ghost", model=model).text()
    found = why(lines("user:ann relation_number_007 doc:a"), "user:ann", "any", model=model)

    assert unknown.endswith("relation_number_018 … and 11 more")
    assert found.reason.steps[0].expression.endswith("…")
    assert len(found.reason.steps[0].expression) == 121


def test_long_values_are_cut() -> None:
    """The value of a condition's parameter is shown in bounded length."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with named]
condition named(name: string) {
  name != ""
}
""")
    stored = until(1, "user:ann viewer doc:a")
    stored = stored._replace(condition=stored.condition and stored.condition.of("named", {"name": "x" * 500}))
    step = why([stored], "user:ann", "viewer", model=model).reason.steps[0]

    assert step.values == (("name", '"' + "x" * 79 + "…"),)
    assert json.dumps(why([stored], "user:ann", "viewer", model=model).as_json())


def test_the_page_shows_what_is_written() -> None:
    """The examples of the decision page are what the engine says."""
    guild = lines(*APOLLO, "user:mia member group:guild", "group:guild#member workspace-editor workspace:w")
    page = Path(__file__).parents[3] / "docs" / "decisions" / "0010-explanations.md"

    assert re.findall(r"```text\n(.*?)\n```", page.read_text("utf-8"), re.DOTALL) == [
        why(lines("user:cho approver doc:a"), "user:cho", "publisher").text(),
        why(guild, "user:mia", "app:edit", "app:shop", model=SAAS).text(),
        why([until(17, "user:ann viewer doc:a")], "user:ann", "viewer").text(),
    ]
