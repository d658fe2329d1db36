"""What can be wrong with a token, a key or a provider of keys."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a token is refused: for audit and metrics, never for the wire."""

    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    HEADER = "header"
    TYPE = "type"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    CLAIM = "claim"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class TokenError(Exception):
    """Root of everything this room raises; its text never holds a token, a key or a secret."""


class InvalidToken(TokenError):
    """A token is not what its reader may accept; nothing it says is to be believed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class InvalidKey(TokenError):
    """A key, or a set of keys, cannot do what it is given for."""


class NoSigningKey(TokenError):
    """No active key of this purpose may sign at this time."""


class InvalidProvider(TokenError):
    """An identity provider is described in a way that cannot be trusted."""


class ProviderUnavailable(TokenError):
    """The keys of an identity provider or an agent cannot be had now; whether its token is good is not known."""
