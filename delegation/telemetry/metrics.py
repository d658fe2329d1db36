"""The counters of this process, by the names under which operators scrape them.

They belong to the process, as its memory does, so they are the one thing here that is not handed on as an argument.
Labels are taken from small closed sets: never a path, a user, an agent, an organization or a token.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from delegation.telemetry.shared_values import share

disable_created_metrics()  # As many numbers again, that tell when each was first counted.
share()
_FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REQUESTS: Final = Counter("delegation_requests", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS: Final = Histogram(
    "delegation_request_seconds", "From the head of a request to the end of its answer.", ["route"], buckets=_FAST
)
DECISIONS: Final = Counter(
    "delegation_decisions",
    "Decisions about what somebody may do, by the first term that said no.",
    ["asked", "outcome", "term"],
)
TOKENS_ISSUED: Final = Counter("delegation_tokens_issued", "Tokens issued.", ["grant"])
TOKENS_REFUSED: Final = Counter(
    "delegation_tokens_refused", "Requests for tokens refused, by the code that was answered.", ["error"]
)
COMMIT_SECONDS: Final = Histogram("delegation_commit_seconds", "A transaction of the store's writer.", buckets=_FAST)
COMMIT_UNITS: Final = Histogram("delegation_commit_units", "Units of work in one transaction.", buckets=_SIZES)
COMMIT_FAILURES: Final = Counter("delegation_commit_failures", "Units of work that were not committed.", ["reason"])
COMMIT_WAITING: Final = Gauge(
    "delegation_commit_waiting", "Units of work that the writer has not taken up.", multiprocess_mode="livesum"
)
FRESHNESS_SECONDS: Final = Histogram(
    "delegation_freshness_seconds", "What a request waits until it is known how far the log is.", buckets=_FAST
)
PICTURES: Final = Counter("delegation_pictures", "What happened to pictures in memory.", ["event"])
PICTURE_LAG: Final = Histogram(
    "delegation_picture_lag_revisions", "How far a picture was behind when it had to follow.", buckets=_SIZES
)
ROWS: Final = Gauge("delegation_rows_in_memory", "Rows that pictures count for.", multiprocess_mode="livemax")
ROWS_LIMIT: Final = Gauge(
    "delegation_rows_in_memory_limit", "Rows beyond which pictures are dropped.", multiprocess_mode="livemax"
)
SIGNATURES: Final = Counter("delegation_signatures", "Signatures of tokens looked at: verified or remembered.", ["how"])
SHED: Final = Counter("delegation_shed", "Requests turned away before any work was done for them.", ["reason"])
IN_FLIGHT: Final = Gauge("delegation_in_flight", "Requests being answered.", multiprocess_mode="livesum")
STREAMS: Final = Gauge("delegation_streams", "Change streams that are open.", multiprocess_mode="livesum")
STREAM_EVENTS: Final = Counter("delegation_stream_events", "Events told to followers of change streams.", ["event"])
QUOTA_REFUSALS: Final = Counter("delegation_quota_refusals", "Requests beyond a quota.", ["quota"])
BUDGET_REFUSALS: Final = Counter("delegation_budget_refusals", "Uses of delegations whose budget was spent.", ["kind"])
SEALS: Final = Counter("delegation_seals", "Rounds of sealing the log, by how they ended.", ["outcome"])
SEALED_AT: Final = Gauge(
    "delegation_sealed_timestamp_seconds",
    "When the log was last found sealed, or the process started.",
    multiprocess_mode="livemax",
)
KEY_BEGAN: Final = Gauge(
    "delegation_signing_key_timestamp_seconds",
    "When the key that signs began to; 0 where none can sign.",
    ["purpose"],
    multiprocess_mode="livemin",
)
KEY_ROTATION: Final = Gauge(
    "delegation_signing_key_rotation_timestamp_seconds",
    "When a published key takes over; 0 where none is published.",
    ["purpose"],
    multiprocess_mode="livemax",
)
KEY_FETCHES: Final = Counter("delegation_key_fetches", "Questions for the keys of others.", ["outcome"])
LOOP_LAG: Final = Histogram(
    "delegation_event_loop_lag_seconds", "How late the event loop came back to what was due.", buckets=_FAST
)
