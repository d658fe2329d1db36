"""How many are let in at once follows from how long requests take."""

from collections import deque

import pytest

from delegation.overload.capacity import LEAST, WINDOW, Capacity

MOST = 512


class Service:
    """A service whose requests take a time that depends on how many are under way, run by a clock of its own."""

    def __init__(self, *, alone: float, each: float) -> None:
        """A request takes `alone` seconds by itself, and at least `each` for every one that is under way."""
        self.now = 0.0
        self.alone, self.each = alone, each
        self.capacity = Capacity(MOST, self.now)

    def run(self, seconds: float, offered: int) -> None:
        """Let `offered` clients ask again and again, as many at once as are let in."""
        end = self.now + seconds
        while self.now < end:
            began = self.now
            let_in = min(offered, self.capacity.limit)
            for _ in range(let_in):
                self.capacity.begin(began)
            if let_in < offered:
                self.capacity.refuse(began)
            self.now += max(self.alone, self.each * let_in)
            for _ in range(let_in):
                self.capacity.end(began, self.now)


def test_a_burst_is_let_in() -> None:
    """Many who come at once are all let in, when there is no queue before or after them."""
    capacity = Capacity(MOST, 0.0)
    for _ in range(MOST - 1):
        assert capacity.under_way < capacity.limit
        capacity.begin(0.0)
    for number in range(MOST - 1):
        capacity.end(0.0, number / 10_000)
    capacity.begin(WINDOW * 1.1)
    assert capacity.limit == MOST


@pytest.mark.threat("56")
def test_a_busy_processor_is_given_the_least() -> None:
    """Where more under way only wait for each other, the limit comes down to a few, whatever is offered."""
    service = Service(alone=0.0005, each=0.0002)
    service.run(1.0, 4)
    service.run(5.0, 5 * MOST)
    assert service.capacity.limit <= 2 * LEAST


@pytest.mark.threat("56")
@pytest.mark.parametrize("pause", [each / 20 for each in range(0, 220, 3)])
def test_a_crowd_that_drains_says_nothing_of_few(pause: float) -> None:
    """Whenever a flood begins, its first crowd is not taken for how long a request takes while there are few."""
    capacity, now = Capacity(2 * MOST, 0.0), 0.0
    for seconds, clients in [(1.0, 4), (pause, 0), (12.0, MOST)]:
        now = one_at_a_time(capacity, now, now + seconds, clients)
    assert capacity.limit <= 2 * LEAST


def one_at_a_time(capacity: Capacity, now: float, end: float, clients: int) -> float:
    """Answer clients that ask again and again, each 0.2 ms after the one before; return when the last is answered."""
    waiting: deque[float] = deque()
    while now < end or waiting:
        while now < end and len(waiting) < min(clients, capacity.limit):
            capacity.begin(now)
            waiting.append(now)
        if now < end and len(waiting) < clients:
            capacity.refuse(now)
        now += 0.0002
        if waiting:
            capacity.end(waiting.popleft(), now)
    return now


def test_a_distant_database_is_no_overload() -> None:
    """Where all take long and none waits for another, the limit rises to as many as are allowed."""
    service = Service(alone=0.05, each=0.00001)
    service.run(1.0, 4)
    service.run(8.0, 5 * MOST)
    assert service.capacity.limit > MOST / 2


def test_what_was_found_out_is_found_out_anew() -> None:
    """A service that becomes slow in the middle of an overload is not held to how fast it once was."""
    service = Service(alone=0.001, each=0.00001)
    service.run(1.0, 4)
    service.run(2.0, 5 * MOST)
    service.alone = 0.05
    service.run(40.0, 5 * MOST)
    assert service.capacity.limit > MOST / 2


def test_a_service_that_answers_nothing_lets_in_the_least() -> None:
    """While nothing is answered for a whole window, no more than the least are let in."""
    capacity = Capacity(MOST, 0.0)
    for _ in range(2 * LEAST):
        capacity.begin(0.0)
    capacity.begin(WINDOW * 1.1)
    capacity.begin(WINDOW * 2.2)
    assert capacity.limit == LEAST


def test_calm_lets_all_in_again() -> None:
    """Once nobody is refused and the queue has drained, bursts are let in again."""
    service = Service(alone=0.0005, each=0.0002)
    service.run(1.0, 4)
    service.run(2.0, 5 * MOST)
    service.run(1.0, 4)
    assert service.capacity.limit == MOST
