"""An identity provider that a test owns: it says whatever the test wants it to say, properly signed."""

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.end_to_end.deployment import JSON, Deployment


@dataclass(frozen=True)
class IdentityProvider:
    """A trusted issuer of user tokens and the key it signs with."""

    house: Deployment
    id: str
    key: ECKey

    @property
    def issuer(self) -> str:
        """The provider's issuer."""
        return f"https://{self.id}.example"

    def token(self, subject: str, **changed: Any) -> str:
        """Return a user token meant for the service; `changed` replaces claims, and None leaves one out."""
        now = int(self.house.clock().timestamp())
        claims = {"iss": self.issuer, "sub": subject, "aud": self.house.issuer, "iat": now, "exp": now + 3600}
        return self.signed({name: value for name, value in {**claims, **changed}.items() if value is not None})

    def signed(self, claims: JSON) -> str:
        """Return a token that says exactly this."""
        return jwt.encode({"alg": "ES256", "kid": self.key.thumbprint(), "typ": "JWT"}, claims, self.key)

    def by_hand(self, subject: str, **changed: Any) -> str:
        """Return a user token meant for the delegations API alone."""
        return self.token(subject, **{"aud": f"{self.house.issuer}/delegations", **changed})

    def to_manage(self, subject: str, **changed: Any) -> str:
        """Return a user token meant for the management API alone."""
        return self.token(subject, **{"aud": f"{self.house.issuer}/management", **changed})


def trusted(house: Deployment, id: str, **terms: Any) -> IdentityProvider:
    """Return a provider that the deployment has just come to trust on the terms given."""
    provider = IdentityProvider(house, id, ECKey.generate_key("P-256"))
    body: JSON = {
        "issuer": provider.issuer,
        "jwks": {"keys": [provider.key.as_dict(private=False)]},
        "subjects": "same",
        **terms,
    }
    house.must("PUT", f"/identity-providers/{id}", body)
    return provider
