"""What can go wrong between client and service, split by what the caller does next.

No message holds a token, a secret or a key.
"""

import copyreg
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from typing_extensions import override

_LONGEST: Final = 500  # characters of foreign text that a message repeats


class ClientError(Exception):
    """Root of everything this library raises on its own account; each of them may go from process to process."""

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its message alone otherwise, and few of these are made of that.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # typeshed leaves it out


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


class RateLimited(Unavailable):
    """The client asked too often; what it asked was not done, and may be asked again after `retry_after`."""


class Refused(ClientError):
    """The authorization service said no; asking the same again will not help by itself."""

    advice: ClassVar[str] = ""
    """What is to be done about it and by whom, where the service's own words do not say it; it ends the message."""

    def __init__(self, error: str, description: str = "") -> None:
        self.error = printable(error)
        self.description = printable(description)
        said = f"{self.error}: {self.description}" if description else self.error
        super().__init__(f"{said} ({self.advice})" if self.advice else said)


class ConsentRequired(Refused):
    """No delegation covers the request; a person can grant one at `consent_uri`."""

    def __init__(self, error: str, description: str, consent_uri: str) -> None:
        super().__init__(error, description)
        self.consent_uri = printable(consent_uri)


class BudgetSpent(ConsentRequired):
    """The delegation has been used as often as it may be; a person can grant another at `consent_uri`."""


class SubjectRefused(Refused):
    """What stands for the user is good no longer, or never was for this agent: get another one."""

    advice = "get a new token from the user, or a new receipt from whoever granted the delegation"


class AgentSuspended(Refused):
    """The agent is suspended: nothing is refused for good, and an administrator can resume it."""

    advice = "have an administrator resume the agent"


class UnknownClient(Refused):
    """The service does not know this client by this credential, or not as an agent."""

    advice = "check `client_id`, its `secret` or `key` and this machine's clock; an administrator registers agents"


class ProofRefused(Refused):
    """The proof of possession was not taken, or was missing where one is required."""

    advice = "check that `dpop` is given, is the key that the token is bound to, and this machine's clock"


class NotAdmitted(Refused):
    """`resource` is no service that tokens can be had for here: not known, not admitted, or not in the delegation."""

    advice = "check `resource`; an administrator of the organization admits services"


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


class InsufficientScope(ClientError):
    """A service refused a call for want of `permission` on `resource`, as far as its answer names them.

    Where `is_tokens`, the token alone is the limit: one that allows it can be asked for.
    Otherwise more has to be granted, or the user may not do it either.
    """

    def __init__(self, message: str, *, permission: str | None, resource: str | None, is_tokens: bool) -> None:
        self.permission = None if permission is None else printable(permission)
        self.resource = None if resource is None else printable(resource)
        self.is_tokens = is_tokens
        super().__init__(printable(message))


def printable(text: str) -> str:
    """Return foreign text as one short line, safe to print and to log."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST])
