"""Counting units of work that were not committed, by what kept them from it."""

from collections.abc import Mapping
from typing import Final

from delegation.store.errors import InvalidUnit, Spent, Stale, StoreError, StoreUnavailable, Taken
from delegation.telemetry import metrics

_REASONS: Final[Mapping[type[StoreError], str]] = {
    Stale: "stale",
    Taken: "taken",
    Spent: "spent",
    InvalidUnit: "invalid",
}


def count_failure(error: StoreError) -> None:
    """Count a unit that was not committed."""
    # Some kinds of a failure have names of their own, and each is one of these.
    other = str(error.reason) if isinstance(error, StoreUnavailable) else "other"
    metrics.COMMIT_FAILURES.labels(_REASONS.get(type(error), other)).inc()
    if isinstance(error, Spent):
        metrics.BUDGET_REFUSALS.labels(error.kind).inc()
