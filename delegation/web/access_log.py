"""The access log: one line for each request, with route, status and time.

Never a path with ids, a query, a body or a header.
"""

import structlog

from delegation.web.visits import Visit

_log = structlog.get_logger()
_FAULT = 500


def log(visit: Visit) -> None:
    """Write the line of a request that is over."""
    milliseconds = round(visit.seconds * 1000, 2)
    # Whoever went away before there was an answer has met a fault, as far as anybody knows.
    status = visit.status or _FAULT
    _log.info("request", method=visit.method, route=visit.route, status=status, milliseconds=milliseconds)
