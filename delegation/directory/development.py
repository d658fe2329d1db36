"""The development identity provider: an issuer of user tokens that believes whatever it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from delegation.state.entities import IdentityProvider
from delegation.state.platform import Platform
from delegation.tokens import KeyRing, Purpose, SigningKey, VerificationKeys


@dataclass(frozen=True, slots=True)
class DevelopmentProvider:
    """An issuer of user tokens that believes whatever it is told."""

    provider: IdentityProvider
    ring: Callable[[Platform], KeyRing]

    @classmethod
    def of(cls, issuer: str, ring: Callable[[Platform], KeyRing]) -> "DevelopmentProvider":
        """Return the provider beneath the service's own issuer; its subjects are the users' ids."""
        provider = IdentityProvider(
            id="development",
            issuer=f"{issuer}/development",
            jwks_uri=None,
            jwks=None,
            audience=None,
            organization=None,
            subjects="same",
        )
        return cls(provider, ring)

    def keys(self, platform: Platform) -> VerificationKeys:
        """Return the keys that its tokens are verified with."""
        return self.ring(platform).verifying(Purpose.USER_TOKEN)

    def key(self, platform: Platform, now: datetime) -> SigningKey:
        """Return the key that signs its tokens. Raises NoSigningKey."""
        return self.ring(platform).signing(Purpose.USER_TOKEN, now)
