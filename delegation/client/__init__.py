"""What agents and services import: tokens for the one, their truth for the other."""

from delegation.client.agent import AgentClient
from delegation.client.answers import Allowed, Answer, Denied
from delegation.client.bearer import DelegatedAuth
from delegation.client.delegated_caller import DelegatedCaller
from delegation.client.delegated_token import DelegatedToken
from delegation.client.errors import (
    AmbiguousDelegation,
    ClientError,
    ConsentRequired,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    UntrustedIssuer,
    WrongTarget,
)
from delegation.client.middleware import DelegatedAccess
from delegation.client.require import demand, require
from delegation.client.service import ServiceClient
from delegation.client.settings import ClientSettings
from delegation.client.token_request import Receipt, Subject, UserToken, Wanted

__all__ = [
    "AgentClient",
    "Allowed",
    "AmbiguousDelegation",
    "Answer",
    "ClientError",
    "ClientSettings",
    "ConsentRequired",
    "DelegatedAccess",
    "DelegatedAuth",
    "DelegatedCaller",
    "DelegatedToken",
    "Denied",
    "Receipt",
    "Refused",
    "ServiceClient",
    "Subject",
    "Unavailable",
    "UnexpectedAnswer",
    "UntrustedIssuer",
    "UserToken",
    "Wanted",
    "WrongTarget",
    "demand",
    "require",
]
