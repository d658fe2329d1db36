"""The life of a signing key: published → active → retired → gone, told by the clock and by the key after it.

Nothing is switched: every process reads the same states, at the same moments, from when keys begin to sign.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

MAX_AGE: Final = timedelta(seconds=300)
"""How long others may keep a JWK Set that they fetched here."""
ALLOWANCE: Final = timedelta(seconds=60)
"""How far the clocks of our processes, and of those who read our tokens, may lie apart."""
AHEAD: Final = MAX_AGE + ALLOWANCE
"""A key is published this long before it signs, so that nobody who fetches keys as told misses it."""


class KeyState(StrEnum):
    """Where a key is in its life."""

    PUBLISHED = "published"
    """Others may learn it; it does not sign yet."""
    ACTIVE = "active"
    RETIRED = "retired"
    """It verifies what it signed and signs no more."""
    GONE = "gone"
    """All that it signed has expired: it is published no longer, and its row goes with the next change of keys."""


@dataclass(frozen=True, slots=True)
class Life:
    """When a key begins to sign, when the next one takes over, and when nothing that it signed can be good any more."""

    begins: datetime
    ends: datetime | None = None
    """None while no other key follows."""
    gone: datetime | None = None
    """None while no other key follows, and for ever where what is signed does not expire."""

    def followed(self, ends: datetime, longest: timedelta | None) -> "Life":
        """Return the life when another key signs from `ends` on, and what was signed is good for `longest` at most."""
        return Life(self.begins, ends, None if longest is None else ends + longest + MAX_AGE + ALLOWANCE)

    def state(self, now: datetime) -> KeyState:
        """Return where the key is in its life at `now`."""
        if now < self.begins:
            return KeyState.PUBLISHED
        if self.ends is None or now < self.ends:
            return KeyState.ACTIVE
        return KeyState.GONE if self.gone is not None and now >= self.gone else KeyState.RETIRED

    def covers(self, issued: datetime, expires: datetime | None) -> bool:
        """Tell whether the key can have signed something issued and expiring then; None never expires.

        What was not issued while the key was active was made by somebody else who has it.
        """
        if issued < self.begins - ALLOWANCE or (self.ends is not None and issued >= self.ends + ALLOWANCE):
            return False
        return self.gone is None or (expires is not None and expires <= self.gone)
