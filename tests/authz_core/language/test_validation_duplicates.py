"""What may be written once only; each repetition beside what merely looks like one."""

import pytest

from tests.authz_core.language.written import HEAD, STORED, USER, codes, doc, faults, in_json

BELOW = "condition c(x: int) { x > 0 }\ncondition d(x: int) { x > 0 }\n"
OTHERS = ("s: [user]", "t: [user]")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (HEAD + "type doc\ntype doc\n", HEAD + "type doc\ntype Doc\n"),
        (doc("r: [user, user]"), doc("r: [user, user:*]")),
        (doc("r: [user:*, user:*]"), doc("r: [user:*, group:*]")),
        (doc("r: [group#member, group#member]"), doc("r: [group#member, group]")),
        (
            doc("r: [user with c, user with c, user with d]", below=BELOW),
            doc("r: [user with c, user, user with d]", below=BELOW),
        ),
        (doc("r: s or s", *OTHERS), doc("r: s or t", *OTHERS)),
        (doc("r: s and s", *OTHERS), doc("r: s and t", *OTHERS)),
        (doc("r: s but not s", *OTHERS), doc("r: s but not t", *OTHERS)),
        (doc("r: s or t or s", *OTHERS), doc("r: s or (t and s)", *OTHERS)),
        (
            doc("r: member from h or member from h", "h: [group]"),
            doc("r: member from h or member from k", "h: [group]", "k: [group]"),
        ),
    ],
)
def test_nothing_is_said_twice(wrong: str, right: str) -> None:
    """A type, an entry of a list and an operand at the top stand once."""
    assert codes(wrong) == ["duplicated-error"]
    assert codes(right) == []


def test_operands_of_inner_operators_are_not_compared() -> None:
    """What an operator within another one repeats is let pass, as in the engine whose language this is."""
    assert codes(doc("r: t or (s and s)", *OTHERS)) == []
    assert codes(doc("r: (s and t) or (s and t)", *OTHERS)) == []


def test_what_is_stored_is_an_operand_too() -> None:
    """The direct list stands at the top once."""
    child = [STORED, STORED]

    assert codes(in_json({"r": {"union": {"child": child}}}, {"r": [USER]})) == ["duplicated-error"]


def test_each_repetition_is_reported_where_it_stands() -> None:
    """The first of several is right, and each further one is a fault."""
    repeated = faults(doc("r: [user, group, user, user]"))

    assert [fault.found for fault in repeated] == ["user", "user"]
    assert [fault.position and fault.position.column for fault in repeated] == [28, 34]


def test_repetitions_come_after_dead_ends() -> None:
    """Only in a model whose names lead somewhere are repetitions looked for."""
    assert codes(doc("r: [user, user] or ghost")) == ["missing-definition"]


def test_a_type_defined_twice_has_all_its_relations() -> None:
    """That a type is defined twice does not make the relations of the second definition unknown."""
    second = "type doc\n  relations\n    define s: [user]\n    define t: s\n"

    assert codes(doc("r: [user]", below=second)) == ["duplicated-error"]
