"""What can go wrong between client and service, split by what the caller does next.

No message holds a token, a secret or a key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_LONGEST: Final = 500  # characters of foreign text that a message repeats


class ClientError(Exception):
    """Root of everything this library raises on its own account."""


class UntrustedIssuer(ClientError):
    """The address does not speak for the issuer that was configured: check the configuration."""


class UnexpectedAnswer(ClientError):
    """The answer is not what the protocol says; nothing may be concluded from it."""


class WrongTarget(ClientError):
    """A request would have carried a token to a place that the token is not for."""


class Unavailable(ClientError):
    """The authorization service could not be asked; the same question may be asked again later."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(ClientError):
    """The authorization service said no; asking the same again will not help by itself."""

    def __init__(self, error: str, description: str = "") -> None:
        self.error = printable(error)
        self.description = printable(description)
        super().__init__(f"{self.error}: {self.description}" if description else self.error)


class ConsentRequired(Refused):
    """No delegation covers the request; a person can grant one at `consent_uri`."""

    def __init__(self, error: str, description: str, consent_uri: str) -> None:
        super().__init__(error, description)
        self.consent_uri = printable(consent_uri)


class AmbiguousDelegation(Refused):
    """Several delegations cover the request; ask again and name one of `delegations`."""

    def __init__(self, error: str, description: str, delegations: Sequence[str]) -> None:
        super().__init__(error, description)
        self.delegations = tuple(printable(delegation) for delegation in delegations)


@dataclass(frozen=True, slots=True)
class Widening:
    """One way in which a delegation would exceed the one it is made out of: the member, and what is too much."""

    code: str
    beyond: tuple[str, ...]


class Widens(Refused):
    """What another agent is to be let do exceeds what this one may pass on; take less of everything in `widenings`."""

    def __init__(self, error: str, description: str, widenings: Sequence[Widening]) -> None:
        super().__init__(error, description)
        self.widenings = tuple(widenings)


def printable(text: str) -> str:
    """Return foreign text as one short line, safe to print and to log."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST])
