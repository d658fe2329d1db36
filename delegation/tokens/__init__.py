"""Tokens: what they say, the keys that sign them, and the one way in which they are verified.

The room is entered by this door. It knows no clock, no database and no other room: time, identifiers and
the HTTP client are arguments.
"""

from delegation.tokens.access_tokens import (
    MAX_ANCESTORS,
    AccessToken,
    read_access_token,
    reread_access_token,
    sign_access_token,
)
from delegation.tokens.acting import act_claim
from delegation.tokens.answers import seal_answer, unseal_answer
from delegation.tokens.assertions import (
    ASSERTION_ALGORITHMS,
    ClaimedAssertion,
    ClientAssertion,
    claimed_assertion,
    read_client_assertion,
)
from delegation.tokens.assertions import LONGEST_LIFE as LONGEST_ASSERTION
from delegation.tokens.audit_seals import AuditSeal, read_audit_seal, sign_audit_seal
from delegation.tokens.claimed import claimed_issuer, claimed_world
from delegation.tokens.claims import SKEW
from delegation.tokens.confirmation import confirmation
from delegation.tokens.derived_keys import derived_key
from delegation.tokens.dpop import LONGEST_AGE, PROOF_ALGORITHMS, Proof, hash_of, read_proof
from delegation.tokens.errors import (
    InvalidKey,
    InvalidProvider,
    InvalidToken,
    NoSigningKey,
    ProviderUnavailable,
    Reason,
    TokenError,
)
from delegation.tokens.grants import RESOURCE_ROLE, Ancestor, Grant
from delegation.tokens.identifiers import hash_secret, is_one_of, is_secret, new_identifier, new_secret
from delegation.tokens.introspection_answers import IntrospectionAnswer, sign_introspection_answer
from delegation.tokens.key_life import AHEAD, MAX_AGE, KeyState, Life
from delegation.tokens.key_registration import public_jwks
from delegation.tokens.key_ring import KeyRing
from delegation.tokens.key_rotation import LONGEST_LIFE, KeyChange, lives, rotation, withdrawal
from delegation.tokens.key_sources import KeysAt, KeysIn
from delegation.tokens.memory import Kept, Memory
from delegation.tokens.nonces import Nonces
from delegation.tokens.own_tokens import OwnToken, read_own_token, sign_own_token
from delegation.tokens.providers import Provider, ProviderKeys
from delegation.tokens.public_ring import PublicRing, public_ring
from delegation.tokens.receipts import Receipt, read_receipt, sign_receipt
from delegation.tokens.remote_keys import Patience, RemoteKeys
from delegation.tokens.safe_fetching import Reach, safe_client
from delegation.tokens.sealing import MASTER_KEY_BYTES, SealedKey, seal, unseal
from delegation.tokens.signing_keys import Purpose, SigningKey, generate
from delegation.tokens.strict_json import JSON, InvalidJSON, json_object, json_value
from delegation.tokens.user_tokens import (
    UserToken,
    read_user_token,
    sign_user_token,
)
from delegation.tokens.verification_keys import Algorithm, VerificationKeys, usable_keys

__all__ = [
    "AHEAD",
    "ASSERTION_ALGORITHMS",
    "JSON",
    "LONGEST_AGE",
    "LONGEST_ASSERTION",
    "LONGEST_LIFE",
    "MASTER_KEY_BYTES",
    "MAX_AGE",
    "MAX_ANCESTORS",
    "PROOF_ALGORITHMS",
    "RESOURCE_ROLE",
    "SKEW",
    "AccessToken",
    "Algorithm",
    "Ancestor",
    "AuditSeal",
    "ClaimedAssertion",
    "ClientAssertion",
    "Grant",
    "IntrospectionAnswer",
    "InvalidJSON",
    "InvalidKey",
    "InvalidProvider",
    "InvalidToken",
    "Kept",
    "KeyChange",
    "KeyRing",
    "KeyState",
    "KeysAt",
    "KeysIn",
    "Life",
    "Memory",
    "NoSigningKey",
    "Nonces",
    "OwnToken",
    "Patience",
    "Proof",
    "Provider",
    "ProviderKeys",
    "ProviderUnavailable",
    "PublicRing",
    "Purpose",
    "Reach",
    "Reason",
    "Receipt",
    "RemoteKeys",
    "SealedKey",
    "SigningKey",
    "TokenError",
    "UserToken",
    "VerificationKeys",
    "act_claim",
    "claimed_assertion",
    "claimed_issuer",
    "claimed_world",
    "confirmation",
    "derived_key",
    "generate",
    "hash_of",
    "hash_secret",
    "is_one_of",
    "is_secret",
    "json_object",
    "json_value",
    "lives",
    "new_identifier",
    "new_secret",
    "public_jwks",
    "public_ring",
    "read_access_token",
    "read_audit_seal",
    "read_client_assertion",
    "read_own_token",
    "read_proof",
    "read_receipt",
    "read_user_token",
    "reread_access_token",
    "rotation",
    "safe_client",
    "seal",
    "seal_answer",
    "sign_access_token",
    "sign_audit_seal",
    "sign_introspection_answer",
    "sign_own_token",
    "sign_receipt",
    "sign_user_token",
    "unseal",
    "unseal_answer",
    "usable_keys",
    "withdrawal",
]
