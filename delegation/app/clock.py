"""The clock: read here and nowhere else, and handed to whoever needs the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
