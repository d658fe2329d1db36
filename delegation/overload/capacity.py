"""Capacity: how many requests may be under way at once, found out from how long they take.

A queue that drains is a burst and welcome. One that stands, is refused or answers nothing for a whole window is
overload: then no more are let in than take half as long again as they do while only a few are under way. Nobody has to
know what the machine can do, nor how slow its disk is: where waiting is for others and not for each other, as for a
distant database, more under way take no longer, and more are let in.
"""

from math import inf
from typing import Final

WINDOW: Final = 0.1
"""Seconds after which what was seen is judged; a queue that is gone sooner is none (as in RFC 8289 §4.3)."""
LEAST: Final = 48
"""Requests that are always let in: with as many, reads are shared and commits made together about as well as ever."""
_LONGER: Final = 1.5
"""How much longer than with the least a request may take."""
_GROWTH: Final = 1.25
"""By how much the limit rises in a window at most. It falls at once."""
_MEMORY: Final = 10.0
"""Seconds for which what was found out is believed: then the least are let in for a window, to find it out anew."""


class Capacity:
    """The limit of requests under way in one process."""

    def __init__(self, most: int, now: float) -> None:
        """Never allow more than `most`; `now` and all later times are seconds of one monotonic clock."""
        self.limit = most
        self.under_way = 0
        self._most = most
        self._usual: float | None = None
        self._found_at = now
        self._window_began = now
        self._low = self._answered = self._unhindered = 0
        self._spent = self._unhindered_spent = 0.0
        self._refused = False
        self._few_since = now

    def begin(self, now: float) -> None:
        """Count one more under way."""
        self._judge_if_due(now)
        self.under_way += 1
        if self.under_way > LEAST:
            self._few_since = inf

    def end(self, began: float, now: float) -> None:
        """Count one less under way."""
        self.under_way -= 1
        self._low = min(self._low, self.under_way)
        self._answered += 1
        self._spent += now - began
        if began >= self._few_since:
            self._unhindered += 1
            self._unhindered_spent += now - began
        elif self.under_way == LEAST:
            self._few_since = now
        self._judge_if_due(now)

    def refuse(self, now: float) -> None:
        """Take note that somebody could not be let in."""
        self._refused = True
        self._judge_if_due(now)

    def _judge_if_due(self, now: float) -> None:
        if now - self._window_began >= WINDOW:
            self._judge(now)
            self._begin_window(now)

    def _begin_window(self, now: float) -> None:
        self._window_began = now
        self._low = self.under_way
        self._answered = self._unhindered = 0
        self._spent = self._unhindered_spent = 0.0
        self._refused = False

    def _judge(self, now: float) -> None:
        if not self._refused and self._low < min(LEAST, self._most):
            self._learn(now)
            self.limit = self._most
        elif not self._answered:
            self.limit = min(LEAST, self._most)
        else:
            if self.limit <= LEAST:
                self._learn(now)
            self.limit = self._governed(now)

    def _learn(self, now: float) -> None:
        """Believe how long a request takes while few are under way: the least of late.

        Those that waited behind a crowd tell nothing of that, though they end when it has gone.
        """
        if self._unhindered:
            took = self._unhindered_spent / self._unhindered
            if self._usual is None or took <= self._usual or now - self._found_at > _MEMORY:
                self._usual, self._found_at = took, now

    def _governed(self, now: float) -> int:
        if self._usual is None or now - self._found_at > _MEMORY:
            return min(LEAST, self._most)
        took = self._spent / self._answered
        change = min(_GROWTH, _LONGER * self._usual / took) if took else _GROWTH
        # Rounded up, or it would never rise from few.
        return max(min(LEAST, self._most), min(self._most, round(self.limit * change + 0.5)))
