"""Too much of something: refused with a reason, never cut off in silence."""

from contextlib import suppress

from authz_core import (
    CONTEXTUAL,
    InvalidRelationship,
    InvalidSituation,
    Limits,
    Relationships,
    Situation,
    Unanswerable,
    validate_relationship,
)
from authz_core.conditions import context
from authz_core.listing.reaching import Reach
from authz_core.validation import asking
from tests.assurance.asking import NO, TOO_COMPLEX, YES, answer, facing, is_refused, line, objects, on, stored
from tests.assurance.bugs import Bug, broken
from tests.assurance.rules.circles import TREE


def too_much_is_refused_and_not_cut() -> None:
    """A question may bring along a hundred relationships, each of them counts, and one more is refused."""
    brought = [f"user:u{number} viewer doc:x" for number in range(CONTEXTUAL + 1)]
    none = Relationships()
    for number in (0, 1, CONTEXTUAL - 1, CONTEXTUAL):
        asked = facing(TREE, none, brought[:number])
        answers = [answer(TREE, asked, question) for question in brought]

        assert answers == [YES] * number + [NO] * (CONTEXTUAL + 1 - number)
    assert is_refused(InvalidSituation, facing, TREE, none, brought)
    assert is_refused(InvalidSituation, facing, TREE, none, brought[:1] * (CONTEXTUAL + 1))


def a_large_context_is_refused_and_not_cut() -> None:
    """A context of 32 KiB may be stored with a relationship, and not one byte more."""
    size = len('{"tags":[""]}')
    for length, is_wanted in ((32 * 1024, True), (32 * 1024 + 1, False)):
        large = on("user:anne viewer doc:x", "office", tags=["x" * (length - size)])

        assert is_refused(InvalidRelationship, validate_relationship, TREE, large) is not is_wanted


def a_long_list_is_refused_and_not_cut() -> None:
    """A list that takes more steps than it may is refused with that reason, and never given in part."""
    facts = stored(*(f"user:anne viewer doc:d{number}" for number in range(1_000)))

    assert objects(TREE, Situation(facts, limits=Limits(steps=10)), "user:anne viewer doc") == TOO_COMPLEX
    assert len(objects(TREE, facts, "user:anne viewer doc")) == 1_000


def a_large_write_is_written_whole() -> None:
    """After a change of ten thousand relationships, every one of them is held and answers."""
    lines = [line(f"user:u{number} viewer doc:x") for number in range(10_000)]
    facts = Relationships()
    facts.apply(lines, ())

    assert len(facts) == len(lines)
    assert {answer(TREE, facts, f"{each.subject} viewer doc:x") for each in lines} == {YES}
    facts.apply((), lines)
    assert [*facts] == []


_go, _apply = Reach._go, Relationships.apply


def _as_far_as_it_goes(self: Reach) -> None:
    with suppress(Unanswerable):
        _go(self)


BUGS = (
    Bug(
        "E17",
        too_much_is_refused_and_not_cut,
        (broken("what is beyond the limit is cut off", asking, "islice", lambda them, limit: [*them][: limit - 1]),),
    ),
    Bug(
        "E17",
        a_large_context_is_refused_and_not_cut,
        (broken("a context may be of any size", context, "LARGEST_STORED", 10**9),),
    ),
    Bug(
        "E17",
        a_long_list_is_refused_and_not_cut,
        (broken("a list ends where the steps end", Reach, "_go", _as_far_as_it_goes),),
    ),
    Bug(
        "E17",
        a_large_write_is_written_whole,
        (
            broken(
                "a change ends after a thousand",
                Relationships,
                "apply",
                lambda self, added, removed: _apply(self, [*added][:1_000], removed),
            ),
        ),
    ),
)
