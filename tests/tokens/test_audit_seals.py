"""Seals of the log: what is signed is read back, whole, and by the keys of seals alone."""

from dataclasses import replace
from typing import Final

import pytest

from delegation.tokens import (
    AuditSeal,
    InvalidKey,
    InvalidToken,
    Purpose,
    Reason,
    read_audit_seal,
    sign_audit_seal,
    usable_keys,
)
from tests.clock import NOON
from tests.tokens.forging import ACCESS_KEY, ACCESS_TOKEN, DROP, ISSUER, NOW, Json, changed, sealed, signing_key

KEY: Final = signing_key(Purpose.SEAL)
KEYS: Final = usable_keys({"keys": [dict(KEY.public), dict(ACCESS_KEY.public)]})
SEAL: Final = AuditSeal(ISSUER, NOON, number=3, previous="a" * 64, size=2, root="b" * 64)
HEADER: Final = {"typ": "audit-seal+jwt", "alg": "ES256", "kid": KEY.kid}
CLAIMS: Final = {"iss": ISSUER, "iat": NOW, "number": 3, "previous": "a" * 64, "size": 2, "root": "b" * 64}


def test_a_seal_is_read_as_it_was_signed() -> None:
    """What a seal states is what its signer stated."""
    assert read_audit_seal(sign_audit_seal(SEAL, KEY), keys=KEYS) == SEAL
    assert read_audit_seal(sealed(HEADER, CLAIMS, KEY.private), keys=KEYS) == SEAL


@pytest.mark.threat("K5")
def test_the_keys_of_access_tokens_sign_no_seals() -> None:
    """A key for another purpose is refused by whoever signs."""
    with pytest.raises(InvalidKey):
        sign_audit_seal(SEAL, ACCESS_KEY)


@pytest.mark.threat("22")
@pytest.mark.parametrize("typ", ["at+jwt", "delegation+jwt", "JWT", DROP])
def test_no_other_token_is_a_seal(typ: Json) -> None:
    """A token of another type is no seal, even if it states all that a seal states under a key that is known."""
    with pytest.raises(InvalidToken) as caught:
        read_audit_seal(sealed(changed(HEADER, {"typ": typ}), CLAIMS, KEY.private), keys=KEYS)
    assert caught.value.reason is Reason.TYPE


@pytest.mark.threat("22")
def test_a_seal_is_no_access_token() -> None:
    """Where access tokens are read, a seal is refused for its type."""
    with pytest.raises(InvalidToken) as caught:
        ACCESS_TOKEN.enter(sign_audit_seal(SEAL, KEY))
    assert caught.value.reason is Reason.TYPE


@pytest.mark.parametrize(
    "changes",
    [
        *({name: DROP} for name in CLAIMS),
        *({name: value} for name in ("number", "size") for value in (0, -1, True, 1.0, "1", None, 2**63)),
        *({name: value} for name in ("root", "previous") for value in ("", "A" * 64, "a" * 63, "a" * 65, 1, None)),
        *({"iat": value} for value in (1.5, "1", -1, None)),
        {"iss": ""},
        {"more": 1},
    ],
)
def test_a_seal_says_exactly_what_it_has_to(changes: dict[str, Json]) -> None:
    """A seal that lacks a claim, has one more, or states something impossible is refused."""
    with pytest.raises(InvalidToken) as caught:
        read_audit_seal(sealed(HEADER, changed(CLAIMS, changes), KEY.private), keys=KEYS)
    assert caught.value.reason is Reason.CLAIM


def test_a_seal_of_an_unknown_key_is_refused() -> None:
    """Only the keys that are given may have signed."""
    with pytest.raises(InvalidToken) as caught:
        read_audit_seal(sign_audit_seal(replace(SEAL, number=4), signing_key(Purpose.SEAL)), keys=KEYS)
    assert caught.value.reason is Reason.UNKNOWN_KEY
