"""Changes of keys: what a rotation or a withdrawal adds and takes away, worked out from the keys there are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Protocol

from delegation.tokens.errors import InvalidKey
from delegation.tokens.key_life import AHEAD, KeyState, Life
from delegation.tokens.signing_keys import Purpose, SigningKey

LONGEST_LIFE: Final[Mapping[Purpose, timedelta | None]] = MappingProxyType(
    {
        Purpose.ACCESS_TOKEN: timedelta(hours=1),
        Purpose.RECEIPT: timedelta(days=366),
        Purpose.USER_TOKEN: timedelta(hours=1),
        Purpose.SEAL: None,
        # One answer to one question; whoever keeps it as evidence keeps the key beside it.
        Purpose.INTROSPECTION: timedelta(hours=1),
    }
)
"""How long what is signed for a purpose can be good, whatever a deployment sets; None is for ever."""

Maker = Callable[[Purpose, datetime], SigningKey]
"""Makes a key for a purpose that signs from a moment on."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What becomes of the keys of one purpose."""

    made: tuple[SigningKey, ...]
    gone: tuple[str, ...]
    """By `kid`: those whose life is over, and the one that is withdrawn."""


class Dated(Protocol):
    """A key of which it is known when it begins to sign, be it there to sign with or not."""

    @property
    def kid(self) -> str:
        """Its name."""
        ...

    @property
    def purpose(self) -> Purpose:
        """What it signs."""
        ...

    @property
    def not_before(self) -> datetime:
        """The first moment at which it may sign."""
        ...


def lives(keys: Iterable[Dated]) -> Mapping[str, Life]:
    """Return the life of each key by `kid`: of a purpose, each signs until the next one begins."""
    found: dict[str, Life] = {}
    ordered = sorted(keys, key=lambda key: (key.not_before, key.kid))
    for purpose in Purpose:
        mine = [key for key in ordered if key.purpose is purpose]
        found |= {key.kid: Life(key.not_before) for key in mine}
        for key, after in pairwise(mine):
            found[key.kid] = found[key.kid].followed(after.not_before, LONGEST_LIFE[purpose])
    return MappingProxyType(found)


def rotation(keys: Iterable[SigningKey], purpose: Purpose, make: Maker, now: datetime) -> KeyChange:
    """Return a rotation: a new key is published now and signs as soon as nobody can have missed it."""
    mine = [key for key in keys if key.purpose is purpose]
    return KeyChange((make(purpose, now + AHEAD),), _gone(mine, now))


def withdrawal(keys: Iterable[SigningKey], kid: str, make: Maker, now: datetime) -> KeyChange:
    """Return the withdrawal of a key, whatever its state: nothing that it signed is believed any longer.

    Where it signs, or was to sign next, a new key is published. Until that begins, the one before signs again, if it
    is still published; where there is none, nothing is signed. Raises InvalidKey when there is no such key.
    """
    held = {key.kid: key for key in keys}
    if kid not in held:
        raise InvalidKey(f"no key `{kid}`")
    purpose = held[kid].purpose
    mine = [key for key in held.values() if key.purpose is purpose]
    over = {*_gone(mine, now), kid}
    begins = held[kid].not_before
    followed = any(key.not_before >= begins and key.kid not in over for key in mine)
    made = () if followed else (make(purpose, now + AHEAD),)
    return KeyChange(made, tuple(sorted(over)))


def _gone(keys: Iterable[SigningKey], now: datetime) -> tuple[str, ...]:
    return tuple(kid for kid, life in lives(keys).items() if life.state(now) is KeyState.GONE)
