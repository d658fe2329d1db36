"""What agents and services import: tokens for the one, their truth for the other."""

from delegation.client.agent import AgentClient
from delegation.client.answers import Allowed, Answer, Denied
from delegation.client.bearer import DelegatedAuth
from delegation.client.delegated_caller import DelegatedCaller
from delegation.client.delegated_token import DelegatedToken, OwnToken
from delegation.client.errors import (
    AmbiguousDelegation,
    ClientError,
    ConsentRequired,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    UntrustedIssuer,
    Widening,
    Widens,
    WrongTarget,
)
from delegation.client.middleware import DelegatedAccess
from delegation.client.passing_on import Child, Passed
from delegation.client.proof_check import NonceWanted, ProofCheck
from delegation.client.proof_reading import BadProof, Proof
from delegation.client.questions import Principal, Until, Who
from delegation.client.replays import Replays, ReplaysInFile, ReplaysInMemory
from delegation.client.require import demand, require
from delegation.client.searches import Found
from delegation.client.service import ServiceClient
from delegation.client.settings import ClientSettings
from delegation.client.token_request import HeldToken, Receipt, Subject, UserToken, Wanted

__all__ = [
    "AgentClient",
    "Allowed",
    "AmbiguousDelegation",
    "Answer",
    "BadProof",
    "Child",
    "ClientError",
    "ClientSettings",
    "ConsentRequired",
    "DelegatedAccess",
    "DelegatedAuth",
    "DelegatedCaller",
    "DelegatedToken",
    "Denied",
    "Found",
    "HeldToken",
    "NonceWanted",
    "OwnToken",
    "Passed",
    "Principal",
    "Proof",
    "ProofCheck",
    "Receipt",
    "Refused",
    "Replays",
    "ReplaysInFile",
    "ReplaysInMemory",
    "ServiceClient",
    "Subject",
    "Unavailable",
    "UnexpectedAnswer",
    "Until",
    "UntrustedIssuer",
    "UserToken",
    "Wanted",
    "Who",
    "Widening",
    "Widens",
    "WrongTarget",
    "demand",
    "require",
]
