"""The terms on which this deployment issues tokens."""

from dataclasses import dataclass
from datetime import datetime

from delegation.authority.granting import Limits


@dataclass(frozen=True, slots=True)
class Terms:
    """What this deployment says of every token it issues."""

    issuer: str
    lifetime: int
    """Seconds a token lives at most."""
    consent_uri: str
    """Where a person grants what an agent lacks."""
    by_hand: frozenset[str]
    """Audiences of the APIs that people use by their own hand: tokens for them are nobody's subject tokens."""
    limits: Limits
    """What a delegation may be at most."""
    restored_at: datetime | None = None
    """When the database was restored last, as long as one-time things of before may be good."""
