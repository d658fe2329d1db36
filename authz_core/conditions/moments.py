"""Durations and points in time, as texts; both are kept to the microsecond, what is finer is cut off."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from authz_core.conditions.failures import Unfit

_LONGEST: Final = 100
_PART: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_DURATION: Final = re.compile(r"([+-]?)(0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,  # the Greek letter, which looks the same
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_MOST: Final = 2**63 - 1  # nanoseconds, some 292 years
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]+))?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def duration(value: object) -> timedelta:
    """Return the length of time that a text such as `1h30m` or `-1.5s` names."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Unfit
    written = _DURATION.fullmatch(value)
    if written is None:
        raise Unfit
    total = sum(_nanoseconds(*part) for part in _PART.findall(written[2]))
    if total > _MOST:
        raise Unfit
    length = timedelta(microseconds=total // 1_000)
    return -length if written[1] == "-" else length


def _nanoseconds(whole: str, fraction: str, unit: str) -> int:
    """Return the nanoseconds of one number with its unit."""
    size = _NANOSECONDS[unit]
    tenths: int = 10 ** len(fraction)
    return int(whole or "0") * size + int(fraction or "0") * size // tenths


def timestamp(value: object) -> datetime:
    """Return the moment, in UTC, that a text with its offset names (RFC 3339 §5.6)."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Unfit
    written = _TIMESTAMP.fullmatch(value)
    if written is None:
        raise Unfit
    moment, fraction, offset = written.groups()
    try:
        return datetime.fromisoformat(f"{moment}.{(fraction or '')[:6]:0<6}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfit from None
