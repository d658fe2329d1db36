"""The development identity provider: an issuer of user tokens that believes whatever it is told."""

from dataclasses import dataclass

from delegation.state.entities import IdentityProvider
from delegation.tokens import SigningKey


@dataclass(frozen=True, slots=True)
class DevelopmentProvider:
    """An issuer of user tokens that believes whatever it is told."""

    provider: IdentityProvider
    key: SigningKey

    @classmethod
    def of(cls, issuer: str, key: SigningKey) -> "DevelopmentProvider":
        """Return the provider beneath the service's own issuer; its subjects are the users' ids."""
        provider = IdentityProvider(
            id="development",
            issuer=f"{issuer}/development",
            jwks_uri=None,
            jwks={"keys": [dict(key.public)]},
            audience=None,
            organization=None,
            subjects="same",
        )
        return cls(provider, key)
