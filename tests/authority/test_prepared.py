"""Prepared values: found again by the very same values, never by others."""

from delegation.authority.prepared import prepared


class Thing:
    """A value that is told apart from all others."""


def test_the_same_values_are_worked_out_once() -> None:
    """What follows from the same values is worked out the first time alone."""
    asked = []
    doubled = prepared(lambda thing: asked.append(thing) or [thing])
    thing = Thing()
    assert doubled(thing) is doubled(thing)
    assert asked == [thing]


def test_equal_values_are_not_the_same() -> None:
    """A value that took another's place is worked out anew, however alike they are."""
    told = prepared(lambda names: list(names))
    assert told(("a", str(1))) is not told(("a", str(1)))


def test_no_value_takes_the_place_of_one_that_is_gone() -> None:
    """Whatever becomes of the values elsewhere, each new one is answered for itself."""
    same = prepared(lambda thing: thing)
    for _ in range(1_000):
        thing = Thing()
        assert same(thing) is thing


def test_a_bounded_number_is_kept() -> None:
    """Beyond the bound all are given up, and worked out again."""
    asked = []
    counted = prepared(lambda thing: asked.append(thing) or thing, most=2)
    things = [Thing() for _ in range(3)]
    assert [counted(thing) for thing in (*things, things[0])] == [*things, things[0]]
    assert len(asked) == 4


def test_all_values_count() -> None:
    """What follows from two values is told apart by both."""
    pair = prepared(lambda first, second: (first, second))
    one, other = Thing(), Thing()
    assert (pair(one, other), pair(other, one)) == ((one, other), (other, one))
