"""Counting requests: by route, method and status, and how long they took.

What strangers make up becomes no label: a path without a route is `unmatched`, and so is a method that is not one of
HTTP's own.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from delegation.telemetry import metrics
from delegation.telemetry.observing import observer
from delegation.web.visits import Visit

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""HTTP's own."""
_UNMATCHED: Final = "unmatched"


def count(visit: Visit) -> None:
    """Count a request that is over."""
    method = visit.method
    counted, took = _counters(visit.route, method if method in METHODS else _UNMATCHED, visit.status)
    counted()
    took(visit.seconds)


# Kept, because to look a counter up costs more than to count. There are as many as routes, methods and statuses make.
@cache
def _counters(route: str, method: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    counter = metrics.REQUESTS.labels(route, method, status)
    return counter.inc, observer(metrics.REQUEST_SECONDS.labels(route))
