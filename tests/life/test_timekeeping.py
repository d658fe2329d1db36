"""The timekeeper: a clock that answers only while it is right."""

from datetime import timedelta

import pytest

from delegation.app.timekeeping import LIMIT, Timekeeper
from delegation.store import ClockAstray, StoreUnavailable
from delegation.tokens.claims import SKEW
from tests.life.clocks import HOUR, Machine

SECOND = timedelta(seconds=1)


@pytest.fixture
def machine() -> Machine:
    """A clock that stands at noon, beside one that cannot be set."""
    return Machine()


@pytest.fixture
def keeper(machine: Machine) -> Timekeeper:
    """What believed that clock at noon."""
    return Timekeeper(machine, machine.elapsed)


@pytest.mark.threat("K15")
def test_two_processes_that_serve_believe_each_others_tokens() -> None:
    """As far apart as two believed clocks may be, what one issues now is not from the future for the other."""
    imprecise = timedelta(seconds=0.5)
    assert 2 * (LIMIT + imprecise) <= SKEW


def test_time_that_goes_by_is_no_jump(machine: Machine, keeper: Timekeeper) -> None:
    """However long nobody compared it, a clock that went on as time did is right."""
    machine.go_on(100 * HOUR)
    assert keeper() == machine()
    assert keeper.fault() is None


@pytest.mark.threat("53")
@pytest.mark.parametrize("jump", [HOUR, -HOUR, LIMIT + SECOND, -LIMIT - SECOND])
def test_a_clock_that_jumps_is_not_believed_until_it_is_back(
    machine: Machine, keeper: Timekeeper, jump: timedelta
) -> None:
    """From the very next question on there is no answer, and there is one again when the clock is right."""
    machine.advance(jump)
    with pytest.raises(ClockAstray) as caught:
        keeper()
    assert isinstance(caught.value, StoreUnavailable)  # Whoever asked is told to try again, as with a database.
    side = "ahead" if jump > timedelta() else "behind"
    assert f"{abs(jump).seconds} s {side}" in str(keeper.fault())
    machine.advance(-jump)
    assert keeper() == machine()


@pytest.mark.parametrize("step", [LIMIT, -LIMIT])
def test_a_small_step_is_borne(machine: Machine, keeper: Timekeeper, step: timedelta) -> None:
    """A clock within the limit is believed."""
    machine.advance(step)
    assert keeper() == machine()


@pytest.mark.threat("53")
def test_the_databases_clock_counts(machine: Machine, keeper: Timekeeper) -> None:
    """A clock that never jumped and lies off the database's is wrong, and right as soon as it is set to that."""
    there = machine() + HOUR
    keeper.compare(there, keeper.began())
    with pytest.raises(ClockAstray):
        keeper()
    machine.advance(HOUR)
    assert keeper() == there


@pytest.mark.threat("53")
def test_small_steps_add_up_against_a_database(machine: Machine, keeper: Timekeeper) -> None:
    """However small the steps, the distance from the database's clock is what counts."""
    there = machine()
    for _ in range(2):
        machine.advance(LIMIT - SECOND)
        keeper.compare(there, keeper.began())
    assert keeper.fault() is not None


def test_on_this_machine_small_steps_are_forgiven_and_jumps_are_not(machine: Machine, keeper: Timekeeper) -> None:
    """Where the database has no clock of its own, what a time server corrects day by day never adds up."""
    for _ in range(100):
        machine.advance(SECOND)
        keeper.compare(None, keeper.began())
    assert keeper() == machine()
    machine.advance(HOUR)
    keeper.compare(None, keeper.began())
    assert keeper.fault() is not None


def test_an_answer_that_took_long_says_nothing_of_the_time(machine: Machine, keeper: Timekeeper) -> None:
    """A time that may be seconds old does not make a right clock wrong."""
    there, began = machine(), keeper.began()
    machine.go_on(10 * SECOND)
    keeper.compare(there, began)
    assert keeper() == machine()
