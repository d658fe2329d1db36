"""The timekeeper: a clock that answers only while it is right."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def go_on_for(machine: Machine, keeper: Timekeeper, time: timedelta) -> None:
    """Let time go by, in which the clock is looked at now and then."""
    for _ in range(10):
        machine.go_on(time / 10)
        keeper.compare(None, keeper.began())


@pytest.mark.parametrize("step", [SECOND, -SECOND])
def test_on_this_machine_what_a_quartz_errs_is_forgiven(machine: Machine, keeper: Timekeeper, step: timedelta) -> None:
    """Where the database has no clock of its own, a second that is corrected in each hour never adds up."""
    for _ in range(1_000):
        go_on_for(machine, keeper, HOUR)
        machine.advance(step)
        assert keeper() == machine()
    machine.advance(HOUR)
    keeper.compare(None, keeper.began())
    assert keeper.fault() is not None


@pytest.mark.threat("53")
@pytest.mark.parametrize("step", [SECOND, -SECOND, SECOND / 100, -SECOND / 100])
def test_on_this_machine_steps_that_are_more_add_up(machine: Machine, keeper: Timekeeper, step: timedelta) -> None:
    """A clock that creeps is not believed any more once it lies off by the limit, however small its steps are."""
    began, gone = machine(), timedelta()
    while keeper.fault() is None:
        machine.go_on(SECOND)
        machine.advance(step)
        keeper.compare(None, keeper.began())
        gone = timedelta(seconds=machine.elapsed()) - timedelta(seconds=100)
        assert abs(machine() - began - gone) <= LIMIT + gone / 3600 + abs(step)
    assert gone < HOUR


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 7200), st.floats(-5, 5)).map(lambda pair: [timedelta(seconds=each) for each in pair])
    )
)
def test_a_clock_that_is_believed_is_off_by_no_more_than_the_bound(steps: list[list[timedelta]]) -> None:
    """Whatever steps it makes, and however seldom it is looked at: four seconds, and a second for each hour."""
    machine = Machine()
    keeper, began = Timekeeper(machine, machine.elapsed), machine()
    for pause, step in steps:
        machine.go_on(pause)
        machine.advance(step)
        keeper.compare(None, keeper.began())
        gone = timedelta(seconds=machine.elapsed() - 100)
        off = abs(machine() - began - gone)
        assert keeper.fault() is not None or off <= LIMIT + gone / 3600 + timedelta(milliseconds=1)


class Interrupted:
    """Two clocks of a machine on which a thread has to wait between two readings, until it has waited enough."""

    def __init__(self, machine: Machine) -> None:
        """Read that machine's."""
        self._machine = machine
        self.waits = 0

    def time(self) -> datetime:
        """Return the time, and wait."""
        now = self._machine()
        if self.waits:
            self.waits -= 1
            self._machine.go_on(10 * SECOND)
        return now


def test_a_thread_that_waits_between_two_readings_sees_no_jump(machine: Machine) -> None:
    """On a machine that lets a thread wait for seconds no clock is taken for wrong that is right."""
    clock = Interrupted(machine)
    clock.waits = 2
    keeper = Timekeeper(clock.time, machine.elapsed)
    assert keeper.fault() is None
    clock.waits = 1
    assert keeper() == machine()
    clock.waits = 2
    keeper.compare(None, keeper.began())
    assert keeper.fault() is None


def test_who_is_stopped_tells_no_time_until_told_to(machine: Machine, keeper: Timekeeper) -> None:
    """A timekeeper that was stopped gives the reason to whoever asks, and the time again afterwards."""
    keeper.stop("the tables are gone")
    with pytest.raises(StoreUnavailable, match="the tables are gone"):
        keeper()
    assert keeper.fault() == "the tables are gone"
    keeper.stop(None)
    assert keeper() == machine()


def test_an_answer_that_took_long_says_nothing_of_the_time(machine: Machine, keeper: Timekeeper) -> None:
    """A time that may be seconds old does not make a right clock wrong."""
    there, began = machine(), keeper.began()
    machine.go_on(10 * SECOND)
    assert not keeper.compare(there, began)
    assert keeper() == machine()
    assert keeper.compare(machine(), keeper.began())
