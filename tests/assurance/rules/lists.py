"""Lists beside single questions: never more generous, and never with a part left out."""

from collections.abc import Iterator
from typing import Any

from authz_core import list_relations, load_model, parse_object, parse_subject
from authz_core.evaluation.facts import Trouble
from authz_core.evaluation.inquiry import Inquiry
from authz_core.evaluation.steps import Goal
from authz_core.listing import links, onward, relations
from authz_core.listing.asking import Asking, Verdict
from authz_core.listing.downward import Downward
from authz_core.listing.links import Here
from authz_core.listing.reaching import Reach
from authz_core.listing.subjects import _Roll
from tests.assurance.asking import MISSING, objects, on, stored, subjects
from tests.assurance.bugs import Bug, broken
from tests.assurance.comparing import assert_lists_are_answers
from tests.authz_core.condition_worlds import conditional_world
from tests.authz_core.documents import SHARING
from tests.authz_core.general_worlds import general_world

CLUB = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type doc
  relations
    define public: [user:*]
    define blocked: [user]
    define member: [user, group#member]
    define reader: (public but not blocked) and member
    define guest: [user with office]
condition office(hour: int) {
  hour >= 8 && hour < 18
}
""")


def a_list_is_no_more_generous_than_a_question() -> None:
    """What is open to all, less those blocked, and to members only, is listed for members who are not blocked."""
    facts = stored(
        *("user:* public doc:a", "user:* public doc:b", "user:* public doc:c", "user:anne blocked doc:b"),
        *("user:anne member doc:a", "group:eng#member member doc:b", "user:anne member group:eng"),
        *("user:bob member doc:a", "user:bob member doc:d", "user:bob blocked doc:c"),
    )

    assert objects(CLUB, facts, "user:anne reader doc") == ("doc:a",)
    assert objects(CLUB, facts, "user:bob reader doc") == ("doc:a",)
    assert subjects(CLUB, facts, "user reader doc:a") == ("user:anne", "user:bob")
    assert subjects(CLUB, facts, "user reader doc:b") == ()
    listed = list_relations(CLUB, facts, parse_subject("user:anne"), parse_object("doc:b")).items
    assert listed == ("blocked", "member", "public")
    assert_lists_are_answers(general_world)


def a_list_is_complete() -> None:
    """All that is reached by name, by group, as one of everyone, from above, and by several of these is listed."""
    facts = stored(
        *("user:anne viewer doc:a", "user:* viewer doc:b", "group:eng#member viewer doc:c"),
        *("user:anne member group:eng", "folder:f parent doc:d", "group:eng#member viewer folder:f"),
        *(
            "folder:f parent doc:a",
            "group:eng#member viewer doc:a",
            "folder:g parent doc:d",
            "user:bob editor folder:g",
        ),
    )

    for relation in ("viewer", "reader"):
        assert objects(SHARING, facts, f"user:anne {relation} doc") == ("doc:a", "doc:b", "doc:c", "doc:d")
        assert subjects(SHARING, facts, f"user {relation} doc:d") == ("user:anne", "user:bob")
    assert_lists_are_answers(conditional_world)


def those_excused_are_listed() -> None:
    """Where everyone is in and everyone is taken out, those who are excused from it are found."""
    facts = stored("user:* viewer doc:a", "user:* blocked doc:a", "user:anne excused doc:a")

    assert subjects(SHARING, facts, "user forgiving doc:a") == ("user:anne",)


def what_is_not_known_is_told() -> None:
    """A list of which something cannot be worked out is refused with the reason, not given without it."""
    facts = stored(on("user:anne guest doc:a", "office"), on("user:anne guest doc:b", "office", hour=9))

    assert objects(CLUB, facts, "user:anne guest doc") == MISSING
    assert subjects(CLUB, facts, "user guest doc:a") == MISSING
    assert subjects(CLUB, facts, "user guest doc:b") == ("user:anne",)


def _trusted(plan: object, is_enough: bool) -> object:
    return Here(plan, is_enough=True)  # type: ignore[arg-type]  # handed on as it comes


_parents = Downward.parents


def _first_parent(self: Downward, goal: Goal) -> Iterator[tuple[Goal, Verdict]]:
    yield from [*_parents(self, goal)][:1]


_meet = Reach._meet


def _meet_once(self: Reach, goal: Goal, *, is_sure: bool) -> None:
    if goal[0] not in {thing for thing, _ in (*self._sure, *self._unsure)}:
        _meet(self, goal, is_sure=is_sure)


_asked, _decided = Asking.verdict, Asking.decided


def _silent(self: Asking, *given: Any, **named: Any) -> Verdict:
    verdict = _asked(self, *given, **named)
    return False if isinstance(verdict, Trouble) else verdict


def _undecided(self: Asking, inquiry: Inquiry, goal: Goal) -> Verdict:
    verdict = _decided(self, inquiry, goal)
    return False if isinstance(verdict, Trouble) else verdict


BUGS = (
    Bug(
        "E5",
        a_list_is_no_more_generous_than_a_question,
        (
            broken("objects found from the subject are not confirmed", Reach, "_verdict", lambda *_: True),
            broken("subjects found from the object are not confirmed", _Roll, "_verdict", lambda *_: True),
            broken("one operand is enough to be listed", links, "Here", _trusted),
            broken("whatever could be asked is listed", relations, "Allowed", object),
        ),
    ),
    Bug(
        "E6",
        a_list_is_complete,
        (
            broken("the walk up from an object takes the first parent only", Downward, "parents", _first_parent),
            broken("an object is gone on from once, whatever it was met for", Reach, "_meet", _meet_once),
            broken("what everyone holds is not looked at", onward, "is_object", lambda _: False),
        ),
    ),
    Bug(
        "E6",
        those_excused_are_listed,
        (broken("only those are tried who are named to be in", _Roll, "_widen", lambda *_, **__: None),),
    ),
    Bug(
        "E6",
        what_is_not_known_is_told,
        (
            broken("objects of which it is not known are left out", Asking, "decided", _undecided),
            broken("subjects of whom it is not known are left out", Asking, "verdict", _silent),
        ),
    ),
)
