"""Claims, read strictly (RFC 7519 §4): each returns what it promises or raises InvalidToken."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeGuard

from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.strict_json import JSON

MAX_TEXT: Final = 256
MAX_URI: Final = 2048
MAX_LIST: Final = 256
SKEW: Final = timedelta(seconds=10)
"""How far another clock may be ahead: a token from further in the future is refused. Expiry has no such grace."""

_LAST_SECOND: Final = 253_402_300_799  # the year 9999 ends

Claims = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From when until when a token is good; None where it does not say."""

    expires_at: datetime
    not_before: datetime | None = None
    issued_at: datetime | None = None

    def refuse_outside(self, now: datetime) -> None:
        """Raise InvalidToken unless the token is good at `now`: before its `exp`, and not from the future."""
        refuse_outside(now, self.expires_at, self.not_before, self.issued_at)


def refuse_outside(now: datetime, expires_at: datetime, *begins: datetime | None) -> None:
    """Raise InvalidToken unless `now` is before the end, and after each beginning that is known."""
    if now >= expires_at:
        raise InvalidToken(Reason.EXPIRED, "the token has expired")  # RFC 7519 §4.1.4
    latest = now + SKEW
    for moment in begins:
        if moment is not None and moment > latest:
            raise InvalidToken(Reason.NOT_YET_VALID, "the token is not valid yet")


def text(claims: Claims, name: str, limit: int = MAX_TEXT) -> str:
    """Return a string of 1 to `limit` printable characters."""
    value = claims.get(name)
    if not _is_text(value, limit):
        raise _wrong(name, f"a string of 1 to {limit} printable characters")
    return value


def _is_text(value: JSON, limit: int) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= limit and value.isprintable()


def optional_text(claims: Claims, name: str) -> str | None:
    """Return a string of printable characters, or None where the claim is absent; null is no absence."""
    return text(claims, name) if name in claims else None


def optional_scope(claims: Claims) -> str | None:
    """Return `scope` as it stands, or None where it is absent; an empty one restricts to nothing."""
    scope = claims.get("scope")
    if "scope" in claims and not isinstance(scope, str):
        raise _wrong("scope", "a string")
    return scope if isinstance(scope, str) else None


def texts(claims: Claims, name: str) -> tuple[str, ...]:
    """Return the strings of an array in which each stands once."""
    value = claims.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= MAX_LIST:
        raise _wrong(name, f"an array of 1 to {MAX_LIST} strings")
    found = tuple([member for member in value if _is_text(member, MAX_TEXT)])
    if len(found) != len(value):
        raise _wrong(name, f"a string of 1 to {MAX_TEXT} printable characters")
    if len(set(found)) != len(found):
        raise _wrong(name, "an array in which each string stands once")
    return found


def members(value: JSON, name: str, allowed: AbstractSet[str]) -> Claims:
    """Return an object that has no members but the `allowed` ones."""
    if not isinstance(value, dict) or not value.keys() <= allowed:
        raise _wrong(name, "an object with no members but the known ones")
    return value


def whole_second(claims: Claims, name: str) -> datetime:
    """Return the moment that an integer of epoch seconds names: the only form we write."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LAST_SECOND:
        raise _wrong(name, "a whole number of epoch seconds")
    return datetime.fromtimestamp(value, UTC)


def numeric_date(claims: Claims, name: str) -> datetime:
    """Return the moment that a number of epoch seconds names; others may write fractions (RFC 7519 §2)."""
    value = claims.get(name)
    if not isinstance(value, float):
        return whole_second(claims, name)
    if not math.isfinite(value) or not 0 <= value <= _LAST_SECOND:
        raise _wrong(name, "a number of epoch seconds")
    return datetime.fromtimestamp(value, UTC)


def optional_numeric_date(claims: Claims, name: str) -> datetime | None:
    """Return the moment that a number of epoch seconds names, or None where the claim is absent."""
    return numeric_date(claims, name) if name in claims else None


def foreign_lifetime(claims: Claims) -> Lifetime:
    """Return when a token of others is good: `exp` is required, `nbf` and `iat` count where they stand."""
    return Lifetime(
        expires_at=numeric_date(claims, "exp"),
        not_before=optional_numeric_date(claims, "nbf"),
        issued_at=optional_numeric_date(claims, "iat"),
    )


def expect_issuer(claims: Claims, issuer: str) -> None:
    """Return if `iss` is exactly the issuer, character by character."""
    if claims.get("iss") != issuer:
        raise InvalidToken(Reason.ISSUER, "`iss` is not the expected issuer")


def expect_sole_audience(claims: Claims, audience: str) -> None:
    """Return if `aud` is exactly the audience: the string, or an array of nothing else."""
    if claims.get("aud") not in (audience, [audience]):
        raise InvalidToken(Reason.AUDIENCE, "`aud` is not this audience alone")


def sole_audience(claims: Claims) -> str:
    """Return the one audience: the string, or what an array holds alone."""
    audience = claims.get("aud")
    sole = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    if not isinstance(sole, str):
        raise InvalidToken(Reason.AUDIENCE, "`aud` is not one audience alone")
    return sole


def epoch_seconds(moment: datetime) -> int:
    """Return the second in which a moment falls, as tokens write it."""
    return math.floor(moment.timestamp())


def _wrong(name: str, expected: str) -> InvalidToken:
    return InvalidToken(Reason.CLAIM, f"`{name}` must be {expected}")
