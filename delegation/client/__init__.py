"""What agents and services import: tokens for the one, their truth for the other."""

from delegation.client.agent.bearer import DelegatedAuth, SyncDelegatedAuth
from delegation.client.agent.client import AgentClient
from delegation.client.agent.delegated_token import DelegatedToken, OwnToken
from delegation.client.agent.passing_on import Child, Passed
from delegation.client.agent.protected_resource import ProtectedResource
from delegation.client.agent.recovery import insufficient_scope
from delegation.client.agent.synchronous import SyncAgentClient
from delegation.client.agent.token_request import HeldToken, Receipt, Subject, UserToken, Wanted
from delegation.client.errors import (
    AgentSuspended,
    AmbiguousDelegation,
    BudgetSpent,
    ClientError,
    ConsentRequired,
    InsufficientScope,
    NotAdmitted,
    ProofRefused,
    RateLimited,
    Refused,
    SubjectRefused,
    Unavailable,
    UnexpectedAnswer,
    UnknownClient,
    UntrustedIssuer,
    Widening,
    Widens,
    WrongTarget,
)
from delegation.client.service.answers import Allowed, Answer, Denied
from delegation.client.service.client import ServiceClient
from delegation.client.service.deciding import Decider, Verifier
from delegation.client.service.delegated_caller import DelegatedCaller
from delegation.client.service.filtering import visible
from delegation.client.service.middleware import DelegatedAccess
from delegation.client.service.offline import OfflineVerifier
from delegation.client.service.proof_check import NonceWanted, ProofCheck
from delegation.client.service.proof_reading import BadProof, Proof
from delegation.client.service.questions import Principal, Until, Who
from delegation.client.service.replays import Replays, ReplaysInFile, ReplaysInMemory
from delegation.client.service.require import demand, require
from delegation.client.service.resource_metadata import ResourceMetadata
from delegation.client.service.searches import Found
from delegation.client.settings import ClientSettings

__all__ = [
    "AgentClient",
    "AgentSuspended",
    "Allowed",
    "AmbiguousDelegation",
    "Answer",
    "BadProof",
    "BudgetSpent",
    "Child",
    "ClientError",
    "ClientSettings",
    "ConsentRequired",
    "Decider",
    "DelegatedAccess",
    "DelegatedAuth",
    "DelegatedCaller",
    "DelegatedToken",
    "Denied",
    "Found",
    "HeldToken",
    "InsufficientScope",
    "NonceWanted",
    "NotAdmitted",
    "OfflineVerifier",
    "OwnToken",
    "Passed",
    "Principal",
    "Proof",
    "ProofCheck",
    "ProofRefused",
    "ProtectedResource",
    "RateLimited",
    "Receipt",
    "Refused",
    "Replays",
    "ReplaysInFile",
    "ReplaysInMemory",
    "ResourceMetadata",
    "ServiceClient",
    "Subject",
    "SubjectRefused",
    "SyncAgentClient",
    "SyncDelegatedAuth",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownClient",
    "Until",
    "UntrustedIssuer",
    "UserToken",
    "Verifier",
    "Wanted",
    "Who",
    "Widening",
    "Widens",
    "WrongTarget",
    "demand",
    "insufficient_scope",
    "require",
    "visible",
]
