"""The counters of this process, by the names under which operators scrape them.

They belong to the process, as its memory does, so they are the one thing here that is not handed on as an argument.
Labels are taken from small closed sets: never a path, a user, an agent, an organization or a token.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REQUESTS: Final = Counter("delegation_requests", "Requests answered.", ["route", "status"])
REQUEST_SECONDS: Final = Histogram(
    "delegation_request_seconds", "From the head of a request to the end of its answer.", ["route"], buckets=_FAST
)
DECISIONS: Final = Counter(
    "delegation_decisions", "Decisions about what somebody may do, by the first term that said no.", ["outcome", "term"]
)
COMMIT_SECONDS: Final = Histogram("delegation_commit_seconds", "A transaction of the store's writer.", buckets=_FAST)
COMMIT_UNITS: Final = Histogram("delegation_commit_units", "Units of work in one transaction.", buckets=_SIZES)
FRESHNESS_SECONDS: Final = Histogram(
    "delegation_freshness_seconds", "What a request waits until it is known how far the log is.", buckets=_FAST
)
SIGNATURES: Final = Counter("delegation_signatures", "Signatures of tokens looked at: verified or remembered.", ["how"])
SHED: Final = Counter("delegation_shed", "Requests turned away before any work was done for them.", ["reason"])
IN_FLIGHT: Final = Gauge("delegation_in_flight", "Requests being answered.", multiprocess_mode="livesum")
