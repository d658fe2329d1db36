"""Where the names in a definition must lead; each dead end beside a definition that is none."""

import pytest

from tests.authz_core.language.written import STORED, USER, Json, codes, doc, faults, in_json

HOME = "home: [group]"
OWNER = {"computedUserset": {"relation": "owner"}}


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("missing-definition", doc("r: s"), doc("r: s", "s: [user]")),
        ("missing-definition", doc("r: [user] but not s"), doc("r: [user] but not s", "s: [user]")),
        ("missing-definition", doc("r: member"), doc("r: member", "member: [user]")),
        ("invalid-type", doc("r: [ghost]"), doc("r: [group]")),
        ("invalid-type", doc("r: [ghost:*]"), doc("r: [group:*]")),
        ("invalid-type", doc("r: [ghost#member]"), doc("r: [group#member]")),
        ("invalid-relation-type", doc("r: [group#ghost]"), doc("r: [group#member]")),
        ("invalid-relation-type", doc("r: member from ghost", HOME), doc("r: member from home", HOME)),
        ("invalid-relation-on-tupleset", doc("r: ghost from home", HOME), doc("r: member from home", HOME)),
        (
            "tupleuserset-not-direct",
            doc("r: member from home", "home: [group] or it", "it: [group]"),
            doc("r: member from home", HOME, "it: [group]"),
        ),
        (
            "tupleuserset-not-direct",
            doc("r: member from it", HOME, "it: home"),
            doc("r: member from home", HOME, "it: home"),
        ),
        (
            "tupleuserset-not-direct",
            doc("r: member from home", "home: [group, group:*]"),
            doc("r: member from home", "home: [group]"),
        ),
        (
            "tupleuserset-not-direct",
            doc("r: member from home", "home: [group, group#member]"),
            doc("r: member from home", "home: [group, user]"),
        ),
        ("self-definition", doc("r: r"), doc("r: s", "s: [user]")),
    ],
)
def test_names_lead_somewhere(code: str, wrong: str, right: str) -> None:
    """A definition names types and relations that exist, and follows lists of plain types alone."""
    assert codes(wrong) == [code]
    assert codes(right) == []


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("assignable-relation-must-have-type", in_json({"r": STORED}), in_json({"r": STORED}, {"r": [USER]})),
        (
            "assignable-relation-must-have-type",
            in_json({"r": STORED}, {"r": []}),
            in_json({"r": STORED}, {"r": [USER]}),
        ),
        (
            "type-wildcard-relation",
            in_json({"r": STORED}, {"r": [{"type": "doc", "relation": "r", "wildcard": {}}, USER]}),
            in_json({"r": STORED}, {"r": [{"type": "doc", "relation": "r"}, USER]}),
        ),
        (
            "restrictions-without-direct",
            in_json({"owner": STORED, "r": OWNER}, {"owner": [USER], "r": [USER]}),
            in_json({"owner": STORED, "r": OWNER}, {"owner": [USER], "r": []}),
        ),
        (
            "too-few-operands",
            in_json({"owner": STORED, "r": {"union": {"child": [OWNER]}}}, {"owner": [USER]}),
            in_json({"owner": STORED, "r": {"union": {"child": [OWNER, STORED]}}}, {"owner": [USER], "r": [USER]}),
        ),
        (
            "too-few-operands",
            in_json({"owner": STORED, "r": {"intersection": {"child": [OWNER]}}}, {"owner": [USER]}),
            in_json(
                {"owner": STORED, "r": {"intersection": {"child": [OWNER, STORED]}}}, {"owner": [USER], "r": [USER]}
            ),
        ),
    ],
)
def test_what_only_json_can_say_must_mean_something(code: str, wrong: Json, right: Json) -> None:
    """A list is there where something is stored and nowhere else, and an operator has something to join."""
    assert codes(wrong) == [code]
    assert codes(right) == []


def test_each_type_of_a_tupleset_is_reported() -> None:
    """Where no listed type has the relation, each is named once; where one of them has it, none is."""
    missing = faults(doc("r: ghost from home", "home: [group, user]"))

    assert [fault.code for fault in missing] == ["invalid-relation-on-tupleset"] * 2
    assert [fault.expected for fault in missing] == ["a relation of `group`", "a relation of `user`"]
    assert codes(doc("r: member from home", "home: [user, group]")) == []


def test_a_type_listed_with_and_without_condition_is_one_type() -> None:
    """The entries of a tupleset may have conditions, and a type named by two of them is reported once."""
    below = "condition c(x: int) { x > 0 }\n"

    assert codes(doc("r: member from home", "home: [group, group with c]", below=below)) == []
    assert codes(doc("r: ghost from home", "home: [group, group with c]", below=below)) == [
        "invalid-relation-on-tupleset"
    ]


def test_an_unknown_type_of_a_tupleset_is_reported_as_such_alone() -> None:
    """What a type that does not exist lacks need not be said."""
    assert codes(doc("r: member from home", "home: [ghost]")) == ["invalid-type"]


@pytest.mark.parametrize(
    ("definitions", "found", "column"),
    [
        (("r: [user] or ghost",), "ghost", 24),
        (("r: [user, ghost#member]",), "ghost", 21),
        (("r: ghost from home", HOME), "ghost", 14),
        (("r: member from ghost", HOME), "ghost", 26),
        (("r: [group#ghost]",), "group#ghost", 15),
    ],
)
def test_the_offending_name_is_shown_where_it_stands(definitions: tuple[str, ...], found: str, column: int) -> None:
    """A fault says which text leads nowhere, and its line and column."""
    (fault,) = faults(doc(*definitions))

    assert fault.found == found
    assert fault.position is not None
    assert (fault.position.line, fault.position.column) == (8, column)


def test_all_dead_ends_are_reported_together() -> None:
    """Whoever mends a model learns of everything that leads nowhere at once."""
    assert codes(doc("r: [ghost] or s", "t: u from v")) == [
        "missing-definition",
        "invalid-type",
        "invalid-relation-type",
    ]
