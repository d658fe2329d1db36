"""Prepared values: found again by the very same values, never by others."""

from dataclasses import dataclass

from delegation.authority.prepared import MOST, prepared


class Thing:
    """A value that is told apart from all others."""


@dataclass
class Worked:
    """Works something out of values, and counts how often."""

    times: int = 0

    def out(self, *values: Thing) -> tuple[Thing, ...]:
        """Return the values."""
        self.times += 1
        return values


def test_the_same_values_are_worked_out_once() -> None:
    """What follows from the same values is worked out the first time alone."""
    worked, thing = Worked(), Thing()
    told = prepared(worked.out)
    assert told(thing) is told(thing)
    assert worked.times == 1


def test_equal_values_are_not_the_same() -> None:
    """A value that took another's place is worked out anew, however alike they are."""
    first, second = frozenset({Thing}), frozenset({Thing})
    told = prepared(lambda names: [*names])
    assert first == second
    assert told(first) is not told(second)


def test_no_value_takes_the_place_of_one_that_is_gone() -> None:
    """Whatever becomes of the values elsewhere, each new one is answered for itself."""
    told = prepared(Worked().out)
    for _ in range(1_000):
        thing = Thing()
        assert told(thing) == (thing,)


def test_a_bounded_number_is_kept() -> None:
    """Beyond the bound all are given up, and worked out again."""
    worked, things = Worked(), [Thing() for _ in range(MOST + 1)]
    told = prepared(worked.out)
    assert [told(thing) for thing in (*things, things[0])] == [(thing,) for thing in (*things, things[0])]
    assert worked.times == MOST + 2


def test_all_values_count() -> None:
    """What follows from two values is told apart by both, and by their order."""
    told = prepared(Worked().out)
    one, other = Thing(), Thing()
    assert (told(one, other), told(other, one)) == ((one, other), (other, one))
