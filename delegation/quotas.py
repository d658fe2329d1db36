"""How often callers, organizations and strangers may ask this process; counted in memory, no database is asked.

A caller is counted once it has proved who it is: nobody can use up another's quota by calling itself so, nor escape
its own by another name. Who fails to prove anything is a stranger, and counted by the address it comes from.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from typing_extensions import override

from delegation.telemetry import metrics

WINDOW: Final = 10
"""Seconds in which requests are counted together."""
COUNTERS: Final = 50_000
"""Counters of one kind that are kept at most."""


class Exhausted(Exception):
    """More was asked than the quota allows; what was asked has not been done."""

    def __init__(self, who: str, limit: int, retry_after: int) -> None:
        """Say whose quota it is, how much it allows in a window, and after how many seconds there is more."""
        super().__init__(f"{who} may ask {limit} times in {WINDOW} seconds here; ask again in {retry_after} s")
        self.retry_after = retry_after


class _Windows(Storage):
    """Counters that begin with their first request and end a window later; of too many, the oldest is forgotten.

    The library's own storage in memory reads the clock of the machine, keeps what anybody makes it keep, and looks
    through all of it in threads of its own.
    """

    STORAGE_SCHEME = None

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._counters: OrderedDict[str, tuple[int, float]] = OrderedDict()  # By the ends of their windows.

    def __len__(self) -> int:
        return len(self._counters)

    @property
    @override
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    @override
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._monotonic()
        count, end = self._counters.get(key, (0, now))
        if end <= now:
            self._counters.pop(key, None)
            if len(self._counters) >= COUNTERS:
                self._counters.popitem(last=False)
            count, end = 0, now + expiry
        self._counters[key] = (count + amount, end)
        return count + amount

    @override
    def get(self, key: str) -> int:
        count, end = self._counters.get(key, (0, 0.0))
        return count if end > self._monotonic() else 0

    @override
    def get_expiry(self, key: str) -> float:
        """Return the seconds until a counter begins anew."""
        return max(0.0, self._counters.get(key, (0, 0.0))[1] - self._monotonic())

    @override
    def check(self) -> bool:
        return True

    @override
    def reset(self) -> int:
        known = len(self._counters)
        self._counters.clear()
        return known

    @override
    def clear(self, key: str) -> None:
        self._counters.pop(key, None)


class _Window(RateLimitItemPerSecond):
    """What is allowed in a window. Each quota has counters of its own: a name alone tells them apart."""

    @override
    def key_for(self, *identifiers: bytes | str | float) -> str:
        return str(identifiers[0])


class Quota:
    """How often each of one kind may ask in a window; a limit of 0 is none."""

    def __init__(self, who: str, limit: int, monotonic: Callable[[], float], *, name: str = "callers") -> None:
        """Count by a clock in seconds; `who` is how those who are refused are called, `name` how operators call it."""
        self._who = who
        self._refusals = metrics.QUOTA_REFUSALS.labels(name)
        self._item = _Window(limit, WINDOW)
        self._windows = _Windows(monotonic)
        self._limiter = FixedWindowRateLimiter(self._windows)

    def __len__(self) -> int:
        """Return how many are counted now."""
        return len(self._windows)

    def take(self, name: str) -> None:
        """Count one request. Raises Exhausted when it is one too many."""
        if self._item.amount and not self._limiter.hit(self._item, name):
            self._refusals.inc()
            left = self._windows.get_expiry(self._item.key_for(name))
            raise Exhausted(self._who, self._item.amount, max(1, ceil(left)))


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of a process."""

    callers: Quota
    organizations: Quota
    strangers: Quota


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts one request, whatever is decided several times in it, once."""

    quotas: Quotas
    proven: Callable[[str, str | None], None] | None = None
    """Is told of the client that has proved who it is, and of the organization; may raise."""
    _counted: set[tuple[Quota, str]] = field(default_factory=set)

    def count(self, quota: Quota, name: str) -> None:
        """Count the request for somebody, unless it was. Raises Exhausted."""
        if (quota, name) not in self._counted:
            quota.take(name)
            self._counted.add((quota, name))


METER: Final[ContextVar[Meter | None]] = ContextVar("METER", default=None)
"""The meter of the request at hand; there is none where commands are given without HTTP."""


def count_person(user: str, provider: str) -> None:
    """Count the request at hand for a person, by whom an identity provider speaks of. Raises Exhausted.

    A provider that speaks of people it has no say over so uses up nobody's quota but its own. No organization's quota
    is touched: whoever would stop an agent must not have to wait for that agent.
    """
    if (meter := METER.get()) is not None:
        meter.count(meter.quotas.callers, f"user:{user} by {provider}")


def count_client(client: str, organization: str | None) -> None:
    """Count the request at hand for an agent or a service, and for the organization it is about. Raises Exhausted.

    The organization must admit the client: others cannot use up its quota. A client has a quota in each organization
    that admits it, so that none of them can use up what the client has for the others.
    """
    if (meter := METER.get()) is not None:
        if meter.proven is not None:
            meter.proven(client, organization)
        meter.count(meter.quotas.callers, f"{client} in {organization or '-'}")
        if organization is not None:
            meter.count(meter.quotas.organizations, organization)
