"""Values that tests need and whose content does not matter to them."""

from dataclasses import dataclass, field
from datetime import timedelta

from delegation.client import DelegatedToken
from tests.clock import NOON

SECRET = "planner-secret-canary"
AUDIENCE = "https://documents.example"


@dataclass(slots=True)
class Pauses:
    """Notes for how many seconds somebody wanted to sleep, and lets no time go by."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Note the pause."""
        self.seconds.append(seconds)


def token(value: str) -> DelegatedToken:
    """Return a token that is good for five minutes from noon."""
    return DelegatedToken(
        value=value,
        expires_at=NOON + timedelta(minutes=5),
        refresh_at=NOON + timedelta(minutes=4),
        identifier="project:apollo",
        actions=None,
        delegation=None,
    )
