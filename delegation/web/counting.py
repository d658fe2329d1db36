"""Counting requests: by route, method and status, and how long they took.

What strangers make up becomes no label: a path without a route is `unmatched`, and so is a method that is not one of
HTTP's own.
"""

from functools import cache
from typing import Final

from delegation.telemetry import metrics
from delegation.web.visits import Visit

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""HTTP's own."""
_UNMATCHED: Final = "unmatched"

# Kept, because to look a counter up costs more than to count. There are as many as routes, methods and statuses make.
_requests = cache(metrics.REQUESTS.labels)
_seconds = cache(metrics.REQUEST_SECONDS.labels)


def count(visit: Visit) -> None:
    """Count a request that is over."""
    method = visit.method if visit.method in METHODS else _UNMATCHED
    _requests(visit.route, method, visit.status).inc()
    _seconds(visit.route).observe(visit.seconds)
