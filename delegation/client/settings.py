"""How a client behaves towards time, chance and failure."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def _utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the default clock; whoever wants another passes one


def _fresh_identifier() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What a client takes from the world, and the limits it keeps; every default is safe to keep.

    `deadline` bounds one question to the authorization service with all its repetitions.
    A pause that the service asks for and that is longer than `longest_pause` is not waited for.
    """

    connect_timeout: timedelta = timedelta(seconds=2)
    answer_timeout: timedelta = timedelta(seconds=10)
    deadline: timedelta = timedelta(seconds=20)
    attempts: int = 3
    backoff: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=5)
    cached_tokens: int = 1024
    refresh_before: timedelta = timedelta(seconds=30)
    clock: Callable[[], datetime] = _utc_now
    chance: Callable[[], float] = random.SystemRandom().random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    identifiers: Callable[[], str] = _fresh_identifier

    def __post_init__(self) -> None:
        """Raise ValueError for limits that could not be kept."""
        times = (self.connect_timeout, self.answer_timeout, self.deadline)
        if min(times) <= timedelta(0):
            raise ValueError("time limits are positive")
        if min(self.backoff, self.longest_pause, self.refresh_before) < timedelta(0):
            raise ValueError("pauses are not negative")
        if min(self.attempts, self.cached_tokens) < 1:
            raise ValueError("`attempts` and `cached_tokens` are at least 1")
