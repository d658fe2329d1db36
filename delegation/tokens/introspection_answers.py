"""Signed introspection answers: what one service was told about a token, and when (RFC 9701 §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from delegation.tokens.claims import epoch_seconds
from delegation.tokens.jws import Kind, sign
from delegation.tokens.signing_keys import SigningKey
from delegation.tokens.strict_json import JSON


@dataclass(frozen=True, slots=True)
class IntrospectionAnswer:
    """One answer to one service; nobody reads it here, so it is made and never taken."""

    issuer: str
    audience: str
    """The id of the service that asked."""
    issued_at: datetime
    """A whole second."""
    told: Mapping[str, JSON]
    """The members of RFC 7662 §2.2; of an inactive token `active` alone."""


def sign_introspection_answer(answer: IntrospectionAnswer, key: SigningKey) -> str:
    """Return the answer as a signed `token-introspection+jwt`; raises InvalidKey for a key of another purpose.

    It has neither `sub` nor `exp`, so that it cannot pass for an access token (RFC 9701 §8.1).
    """
    return sign(
        {
            "iss": answer.issuer,
            "aud": answer.audience,
            "iat": epoch_seconds(answer.issued_at),
            "token_introspection": dict(answer.told),
        },
        kind=Kind.INTROSPECTION,
        key=key,
    )
