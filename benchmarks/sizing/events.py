"""Time that passes in steps from one event to the next, and things of which only so many can be used at once."""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

Then: TypeAlias = Callable[[], None]


class Timeline:
    """Carries out what is due, in its order, until nothing is left or the end has come. Times in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Then]] = []
        self._order = count()

    def after(self, seconds: float, then: Then) -> None:
        """Carry something out so many seconds from now."""
        heappush(self._due, (self.now + seconds, next(self._order), then))

    def run(self, until: float) -> None:
        """Let time pass up to a moment."""
        while self._due and self._due[0][0] <= until:
            self.now, _, then = heappop(self._due)
            then()
        self.now = until


class Places:
    """Things of which a fixed number can be used at once, such as processors; who comes first is served first."""

    def __init__(self, timeline: Timeline, number: int) -> None:
        self._timeline = timeline
        self._free = number
        self._waiting: deque[Callable[[Then], None]] = deque()
        self.busy = 0.0
        """Seconds that they were used, all together."""

    def use(self, seconds: float, then: Then) -> None:
        """Use one for some time as soon as one is free; then go on."""

        def begun(free: Then) -> None:
            def ended() -> None:
                free()
                then()

            self.busy += seconds
            self._timeline.after(seconds, ended)

        self.hold(begun)

    def with_one_of(self, others: "Places", seconds: float, then: Then) -> None:
        """Use one of these and one of others together, as a thread uses a processor."""

        def begun(free: Then) -> None:
            def ended() -> None:
                free()
                then()

            others.use(seconds, ended)

        self.hold(begun)

    def hold(self, begun: Callable[[Then], None]) -> None:
        """Hold one as soon as one is free, until what is handed over is called."""
        if self._free:
            self._free -= 1
            begun(self._let_go)
        else:
            self._waiting.append(begun)

    def _let_go(self) -> None:
        if self._waiting:
            self._waiting.popleft()(self._let_go)
        else:
            self._free += 1
