"""Checks over relationships that a question brings along itself."""

from authz_core import (
    Allowed,
    Computed,
    Condition,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Role,
    Union,
    check,
    parse_object,
    parse_subject,
    permitted,
    situation,
)
from tests.authz_core.worlds import fact, holding

USER, ON = Restriction("user"), Restriction("user", condition="open")
GROUP, LEADS = Restriction("group", relation="member"), Restriction("group", relation="lead")

MODEL = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER, ON, GROUP, LEADS)), "lead": Direct((USER, GROUP))},
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "viewer": Union((Direct((USER, ON, GROUP, LEADS)), FromParent("viewer", "parent"))),
            "blocked": Direct((USER, GROUP)),
            "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            "open": Union((Conferred("open"), FromParent("open", "parent"))),
        },
    },
    roles={"opener": Role("opener", "folder", frozenset({"open"}))},
    holders=(USER, GROUP),
    delegable=frozenset({"folder"}),
    conditions={"open": Condition("open", (Parameter("on", ParameterType(ParameterKind.BOOL)),), "on")},
)


def lines(*texts: str) -> list[Relationship]:
    """Relationships written as `subject relation object`."""
    return [fact(*text.split()) for text in texts]


def allowed(stored: list[Relationship], contextual: list[Relationship], question: str) -> bool:
    """Whether `subject relation object` is allowed with the contextual relationships."""
    subject, relation, thing = question.split()
    facts = situation(MODEL, Relationships(stored), contextual=contextual)
    return isinstance(check(MODEL, facts, parse_subject(subject), relation, parse_object(thing)), Allowed)


def test_they_count_like_stored_ones() -> None:
    """However facts are divided between those stored and those brought along, the answer is the same."""
    every = lines(
        "user:anne member group:x",
        "group:x#member member group:y",
        "group:y#member lead group:z",
        "group:z#lead viewer folder:top",
        "folder:top parent folder:a",
    )

    for number in range(2 ** len(every)):
        contextual = [each for bit, each in enumerate(every) if number >> bit & 1]
        stored = [each for each in every if each not in contextual]

        assert allowed(stored, contextual, "user:anne viewer folder:a")
        assert allowed(stored, contextual, "user:anne reader folder:a")
        assert not allowed(stored, contextual, "user:bob viewer folder:a")
        for missing in contextual:
            rest = [each for each in contextual if each != missing]
            assert not allowed(stored, rest, "user:anne viewer folder:a")


def test_they_end_with_the_question() -> None:
    """A question leaves the stored facts as they were."""
    stored = Relationships(lines("folder:top parent folder:a"))
    facts = situation(MODEL, stored, contextual=lines("user:anne viewer folder:top"))
    anne, folder = parse_subject("user:anne"), parse_object("folder:a")

    assert isinstance(check(MODEL, facts, anne, "viewer", folder), Allowed)
    assert not isinstance(check(MODEL, stored, anne, "viewer", folder), Allowed)
    assert list(stored) == lines("folder:top parent folder:a")


def test_they_may_take_away() -> None:
    """A contextual relationship on the subtracted side takes away what is stored."""
    stored = lines("user:anne viewer folder:a", "user:anne member group:x")

    assert allowed(stored, [], "user:anne reader folder:a")
    assert not allowed(stored, lines("user:anne blocked folder:a"), "user:anne reader folder:a")
    assert not allowed(stored, lines("group:x#member blocked folder:a"), "user:anne reader folder:a")


def test_they_serve_roles_and_sets_of_permissions() -> None:
    """A contextual assignment confers what its role contains, asked one by one or at once."""
    stored = lines("folder:top parent folder:a", "user:anne member group:x")
    anne, folder = parse_subject("user:anne"), parse_object("folder:a")

    for assignment in ("user:anne opener folder:top", "group:x#member opener folder:top"):
        facts = situation(MODEL, Relationships(stored), contextual=lines(assignment))

        assert permitted(MODEL, facts, anne, folder, frozenset({"open", "viewer"})) == {"open"}


def test_a_bound_follows_them() -> None:
    """What a bound implies may lie beneath it, or be granted to its holders, by a contextual relationship."""
    bound = holding("folder:top", "viewer")
    for contextual in ("folder:top parent folder:a", "folder:b parent folder:a"):
        facts = situation(MODEL, Relationships(lines("folder:top parent folder:b")), contextual=lines(contextual))

        assert isinstance(check(MODEL, facts, bound, "viewer", parse_object("folder:a")), Allowed)


def test_one_takes_the_place_of_a_stored_one_with_another_condition() -> None:
    """In a look-up of the subject's own relationship the contextual one shadows the stored one."""
    plain = fact("user:anne", "viewer", "folder:a")
    shut = plain._replace(condition=RelationshipCondition.of("open", {"on": False}))
    member = fact("user:anne", "member", "group:x")
    shut_out = member._replace(condition=shut.condition)
    granted = fact("group:x#member", "viewer", "folder:a")

    assert allowed([plain], [plain], "user:anne viewer folder:a")
    assert not allowed([plain], [shut], "user:anne viewer folder:a")
    assert allowed([shut], [plain], "user:anne viewer folder:a")
    assert not allowed([member, granted], [shut_out], "user:anne viewer folder:a")
    assert allowed([shut_out, granted], [member], "user:anne viewer folder:a")


def test_of_usersets_both_are_seen() -> None:
    """In a scan of what is granted to usersets the stored relationship counts beside the contextual one."""
    stored = lines("group:x#member viewer folder:a", "user:anne member group:x")

    assert allowed(stored, stored[:1], "user:anne viewer folder:a")
    assert allowed(stored, [], "group:x#member viewer folder:a")


def test_a_membership_brought_along_again_hides_no_other() -> None:
    """A stored membership that the question brings along too takes nothing from those stored beside it."""
    stored = [fact("user:anne", "member", "group:x"), fact("user:anne", "member", "group:y")]
    shared = fact("group:y#member", "viewer", "folder:a")
    anne, folder = parse_subject("user:anne"), parse_object("folder:a")

    for each in stored:
        facts = situation(MODEL, Relationships([shared, *stored]), contextual=[each])
        assert isinstance(check(MODEL, facts, anne, "viewer", folder), Allowed)
