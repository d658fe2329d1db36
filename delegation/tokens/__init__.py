"""Tokens: what they say, the keys that sign them, and the one way in which they are verified.

The room is entered by this door. It knows no clock, no database and no other room: time, identifiers and
the HTTP client are arguments.
"""

from delegation.tokens.access_tokens import AccessToken, read_access_token, sign_access_token
from delegation.tokens.acting import act_claim
from delegation.tokens.answers import seal_answer, unseal_answer
from delegation.tokens.assertions import (
    ASSERTION_ALGORITHMS,
    ClientAssertion,
    claimed_client,
    read_client_assertion,
)
from delegation.tokens.audit_seals import AuditSeal, read_audit_seal, sign_audit_seal
from delegation.tokens.claimed import claimed_world
from delegation.tokens.derived_keys import derived_key
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
from delegation.tokens.identifiers import hash_secret, is_secret, new_identifier, new_secret
from delegation.tokens.key_registration import public_jwks
from delegation.tokens.key_ring import KeyRing
from delegation.tokens.key_sources import KeysAt, KeysIn
from delegation.tokens.providers import Patience, Provider, ProviderKeys
from delegation.tokens.receipts import Receipt, read_receipt, sign_receipt
from delegation.tokens.sealing import MASTER_KEY_BYTES, SealedKey, seal, unseal
from delegation.tokens.signing_keys import KeyState, Purpose, SigningKey, generate
from delegation.tokens.strict_json import JSON, InvalidJSON, json_object, json_value
from delegation.tokens.user_tokens import (
    UserToken,
    claimed_issuer,
    read_user_token,
    sign_user_token,
)
from delegation.tokens.verification_keys import Algorithm, VerificationKeys, usable_keys

__all__ = [
    "ASSERTION_ALGORITHMS",
    "JSON",
    "MASTER_KEY_BYTES",
    "RESOURCE_ROLE",
    "AccessToken",
    "Algorithm",
    "Ancestor",
    "AuditSeal",
    "ClientAssertion",
    "Grant",
    "InvalidJSON",
    "InvalidKey",
    "InvalidProvider",
    "InvalidToken",
    "KeyRing",
    "KeyState",
    "KeysAt",
    "KeysIn",
    "NoSigningKey",
    "Patience",
    "Provider",
    "ProviderKeys",
    "ProviderUnavailable",
    "Purpose",
    "Reason",
    "Receipt",
    "SealedKey",
    "SigningKey",
    "TokenError",
    "UserToken",
    "VerificationKeys",
    "act_claim",
    "claimed_client",
    "claimed_issuer",
    "claimed_world",
    "derived_key",
    "generate",
    "hash_secret",
    "is_secret",
    "json_object",
    "json_value",
    "new_identifier",
    "new_secret",
    "public_jwks",
    "read_access_token",
    "read_audit_seal",
    "read_client_assertion",
    "read_receipt",
    "read_user_token",
    "seal",
    "seal_answer",
    "sign_access_token",
    "sign_audit_seal",
    "sign_receipt",
    "sign_user_token",
    "unseal",
    "unseal_answer",
    "usable_keys",
]
