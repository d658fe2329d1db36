"""Several questions in one request (AuthZEN 1.0 §7): defaults, order, semantics, and items that fail by themselves."""

from typing import Any

import pytest

from delegation.authzen.evaluation import EXPLAINED
from tests.authzen.asking import action, allowed, app, bearer, decisions, ok, post, user
from tests.conformance import rfc
from tests.end_to_end.deployment import JSON
from tests.rfc.answers import problem
from tests.rfc.stage import Stage

YES = {"action": {"name": "document:edit"}}
NO = {"action": {"name": "organization:administer"}}


def batch(stage: Stage, *items: Any, **more: Any) -> JSON:
    """Return a batch about what anne may do to the storefront; items and further members as given."""
    defaults = {"subject": user(stage.tenant.anne), "action": action(), "resource": app(stage)}
    return {**defaults, "evaluations": list(items), **more}


@rfc("authzen", "7.1", "evaluations")
@rfc("authzen", "7.2", "order", "no-decision")
def test_each_question_is_answered_in_its_place(stage: Stage) -> None:
    """Answers stand in the order of the questions, each is what the single question gets, and nothing above them."""
    token = bearer(stage.token(scope="document:view"))
    items = [YES, NO, {"subject": user(stage.tenant.bob)}, {"subject": token}, {"subject": token, **action_of("view")}]
    answer = ok(post(stage, "evaluations", batch(stage, *items)))
    assert answer.keys() == {"evaluations"}
    assert decisions(answer) == [True, False, False, False, True]
    single = [ok(post(stage, "evaluation", {**batch(stage), **item})) for item in items]
    assert answer["evaluations"] == single


def action_of(verb: str) -> JSON:
    """Return the part of an item that asks for something to be done to documents."""
    return {"action": {"name": f"document:{verb}"}}


@rfc("authzen", "7.1.1", "defaults")
def test_an_item_inherits_what_it_does_not_say(stage: Stage) -> None:
    """An empty item asks what stands above the list."""
    assert decisions(ok(post(stage, "evaluations", batch(stage, {}, NO, {})))) == [True, False, True]


@rfc("authzen", "7.1.1", "defaults")
def test_a_part_of_an_item_replaces_the_whole_default(stage: Stage) -> None:
    """Nothing is merged: a resource without its organization does not take the default's."""
    bare = {"type": "app", "id": "storefront"}
    answer = ok(post(stage, "evaluations", batch(stage, {"resource": bare})))
    assert decisions(answer) == [False]
    assert answer["evaluations"][0]["context"]["reason"] == "unknown_organization"


@rfc("authzen", "7.1.1", "defaults")
def test_the_context_of_an_item_replaces_the_default_too(stage: Stage) -> None:
    """An item with a context of its own is explained only if that asks for it."""
    asked = batch(stage, {}, {"context": {}}, context={"explain": True})
    first, second = ok(post(stage, "evaluations", asked))["evaluations"]
    assert ("explanation" in first["context"], "explanation" in second["context"]) == (True, False)


@rfc("authzen", "7.1", "single")
@pytest.mark.parametrize("more", [{}, {"evaluations": []}])
def test_without_a_list_it_is_a_single_question(stage: Stage, more: JSON) -> None:
    """The answer has a decision at its top, and a question that lacks a part is malformed as a whole."""
    whole = {name: value for name, value in batch(stage).items() if name != "evaluations"}
    assert ok(post(stage, "evaluations", {**whole, **more})) == ok(post(stage, "evaluation", whole))
    del whole["action"]
    assert problem(post(stage, "evaluations", {**whole, **more})) == (400, "malformed")


@rfc("authzen", "7.1.1", "complete")
@rfc("authzen", "7.2.1", "item-errors")
@pytest.mark.parametrize(
    "item",
    [
        {"subject": None},
        {"subject": {"type": "user"}},
        {"resource": {"id": "storefront"}},
        {"action": {}},
        {"action": "document:edit"},
        {"context": []},
        {"resource": {"type": "app", "id": "storefront", "properties": []}},
        None,
        5,
        "x",
        [],
    ],
)
def test_an_item_that_fails_is_a_denial_with_its_error(stage: Stage, item: object) -> None:
    """Others are answered all the same, and the status speaks of the whole request."""
    answer = ok(post(stage, "evaluations", batch(stage, {}, item, {})))
    assert decisions(answer) == [True, False, True]
    error = answer["evaluations"][1]["context"]["error"]
    assert error["status"] == 400
    assert error["message"]


@rfc("authzen", "7.1.1", "complete")
def test_a_part_that_stands_nowhere_is_missing_from_each_item_that_lacks_it(stage: Stage) -> None:
    """Only the item that brings its own action is a question."""
    asked = batch(stage, {}, YES)
    del asked["action"]
    assert decisions(ok(post(stage, "evaluations", asked))) == [False, True]


@rfc("authzen", "7.1.2.1", "semantics")
@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        (None, [True, False, True, False]),
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_a_batch_is_worked_through_as_far_as_is_asked(stage: Stage, semantic: str | None, expected: list[bool]) -> None:
    """All are answered, or those up to the first denial, or up to the first permission, itself included."""
    options = {} if semantic is None else {"options": {"evaluations_semantic": semantic}}
    assert decisions(ok(post(stage, "evaluations", batch(stage, YES, NO, YES, NO, **options)))) == expected


@rfc("authzen", "7.1.2.1", "semantics")
def test_an_item_that_fails_stops_like_a_denial(stage: Stage) -> None:
    """What is no question is denied, so the first denial is there."""
    options = {"evaluations_semantic": "deny_on_first_deny"}
    assert decisions(ok(post(stage, "evaluations", batch(stage, YES, 5, YES, options=options)))) == [True, False]
    options = {"evaluations_semantic": "permit_on_first_permit"}
    answer = ok(post(stage, "evaluations", batch(stage, 5, NO, YES, YES, options=options)))
    assert decisions(answer) == [False, False, True]


@rfc("authzen", "7.1.2", "options")
def test_unknown_options_are_ignored(stage: Stage) -> None:
    """An option that nobody knows changes nothing."""
    options = {"colour": "red", "another": {"x": [1]}}
    assert decisions(ok(post(stage, "evaluations", batch(stage, YES, NO, options=options)))) == [True, False]


@rfc("authzen", "7.2.1", "item-errors")
@pytest.mark.parametrize(
    "more",
    [
        {"evaluations": {}},
        {"evaluations": "x"},
        {"evaluations": None},
        {"options": []},
        {"options": {"evaluations_semantic": "whatever"}},
        {"options": {"evaluations_semantic": 1}},
    ],
)
def test_a_fault_of_the_whole_request_is_400(stage: Stage, more: JSON) -> None:
    """What the list or the options are wrong in concerns all items."""
    assert problem(post(stage, "evaluations", {**batch(stage, YES), **more})) == (400, "malformed")


@rfc("authzen", "11.6", "overload")
@pytest.mark.threat("24")
def test_a_batch_is_bounded(stage: Stage) -> None:
    """A hundred questions are answered, one more is refused as a whole."""
    assert len(ok(post(stage, "evaluations", batch(stage, *[{}] * 100)))["evaluations"]) == 100
    assert problem(post(stage, "evaluations", batch(stage, *[{}] * 101))) == (400, "malformed")


@rfc("authzen", "11.3", "unauthenticated")
@pytest.mark.parametrize("people", [1, 3])
def test_whoever_does_not_authenticate_asks_nothing(stage: Stage, people: int) -> None:
    """However many people the questions are about, the answer is 401 with a challenge."""
    items = [{"subject": user(f"user{n}")} for n in range(people)]
    answer = post(stage, "evaluations", batch(stage, *items), Authorization="")
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Basic realm="delegation"'


@pytest.mark.threat("39")
def test_items_about_others_are_denied_like_unknown_ones(stage: Stage) -> None:
    """In one batch a service learns of its own tokens only, and nothing of organizations that do not admit it."""
    mine, foreign = bearer(stage.token()), bearer(stage.token(resource=stage.billing.audience))
    elsewhere = {"type": "app", "id": "storefront", "properties": {"organization": "elsewhere"}}
    items = [{"subject": mine}, {"subject": foreign}, {"subject": bearer("x")}, {"resource": elsewhere}]
    mine_, foreign_, unknown, other = ok(post(stage, "evaluations", batch(stage, *items)))["evaluations"]
    assert mine_["decision"] is True
    assert foreign_ == unknown
    assert other["context"].keys() == {"reason", "detail", "failing"}


def test_a_batch_may_be_content_with_less_fresh_facts(stage: Stage) -> None:
    """The preference counts for the whole batch, and the answer says how old the facts are."""
    answer = post(stage, "evaluations", batch(stage, YES), Prefer="max-staleness=10")
    assert answer.headers["preference-applied"] == "max-staleness=10"
    assert decisions(ok(answer)) == [True]


def test_questions_about_several_people_and_a_delegation_stand_in_one_batch(stage: Stage) -> None:
    """Each is answered with the pictures of its own people."""
    mine = {"type": "delegation", "id": stage.granted["id"]}
    subjects = [user(stage.tenant.anne), user(stage.tenant.bob), mine, {"type": "agent", "id": stage.planner.id}]
    answer = ok(post(stage, "evaluations", batch(stage, *({"subject": subject} for subject in subjects))))
    assert decisions(answer) == [allowed(stage, each, "document:edit", "app:storefront") for each in subjects]
    assert decisions(answer) == [True, False, True, False]


def test_only_the_first_that_ask_are_explained(stage: Stage) -> None:
    """A batch of explanations takes no longer than ten of them; what is decided is decided for all."""
    asked = batch(stage, *[{}] * (EXPLAINED + 2), context={"explain": True})
    answers = ok(post(stage, "evaluations", asked))["evaluations"]
    assert [answer["decision"] for answer in answers] == [True] * (EXPLAINED + 2)
    assert ["explanation" in answer["context"] for answer in answers] == [True] * EXPLAINED + [False] * 2
