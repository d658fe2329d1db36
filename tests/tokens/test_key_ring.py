"""The ring: keys are proved before use, and the right one signs at the right time."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from delegation.tokens import (
    Algorithm,
    InvalidKey,
    KeyRing,
    NoSigningKey,
    Purpose,
    SigningKey,
    sign_user_token,
    usable_keys,
)
from delegation.tokens.jws import Kind, verify
from delegation.tokens.verification_keys import PRIVATE_MEMBERS
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import ACCESS_TOKEN, RECEIPT, USER_TOKEN, signing_key

KEY: Final = signing_key(Purpose.ACCESS_TOKEN)
OTHER: Final = signing_key(Purpose.ACCESS_TOKEN)
ED25519: Final = signing_key(Purpose.ACCESS_TOKEN, Algorithm.ED25519)
SECOND: Final = timedelta(seconds=1)


@pytest.mark.threat("K7")
@pytest.mark.parametrize(
    "broken",
    [
        replace(KEY, private=OTHER.private),
        replace(KEY, public=OTHER.public),
        replace(KEY, kid=OTHER.kid),
        replace(KEY, kid=OTHER.kid, public=OTHER.public),
        replace(KEY, kid="key-1", public={**KEY.public, "kid": "key-1"}),
        replace(KEY, algorithm=Algorithm.ED25519),
        replace(KEY, private=ED25519.private),
        replace(ED25519, private=KEY.private),
        replace(ED25519, public=KEY.public),
        replace(KEY, public={**KEY.public, "alg": "ES384"}),
        replace(KEY, public={**KEY.public, "use": "enc"}),
        replace(KEY, public={**KEY.public, "d": "AQAB"}),
        replace(KEY, public={}),
    ],
)
def test_a_key_that_fails_its_probe_is_in_no_ring(broken: SigningKey) -> None:
    """Each private key signs what its published half verifies, under its own thumbprint; else nothing starts."""
    with pytest.raises(InvalidKey):
        KeyRing([OTHER, broken])


def test_a_key_is_in_the_ring_once() -> None:
    """The same key twice, even for two purposes, is a mistake."""
    with pytest.raises(InvalidKey):
        KeyRing([KEY, replace(KEY, purpose=Purpose.RECEIPT)])


@pytest.mark.threat("K1")
def test_the_newest_active_key_signs() -> None:
    """Of the active keys whose time has come, the latest signs; the others verify."""
    later = replace(OTHER, not_before=NOON + timedelta(minutes=5))
    ring = KeyRing([later, KEY])
    assert ring.signing(Purpose.ACCESS_TOKEN, NOON) == KEY
    assert ring.signing(Purpose.ACCESS_TOKEN, later.not_before - SECOND) == KEY
    assert ring.signing(Purpose.ACCESS_TOKEN, later.not_before) == later


@pytest.mark.threat("K1")
def test_a_key_signs_not_before_its_time() -> None:
    """Until its time has come, an active key is as good as published only."""
    with pytest.raises(NoSigningKey):
        KeyRing([KEY]).signing(Purpose.ACCESS_TOKEN, NOON - SECOND)


@pytest.mark.threat("I18")
def test_an_empty_ring_signs_nothing_and_believes_nothing() -> None:
    """Without keys there is no token, and no token is believed."""
    ring = KeyRing([])
    assert ring.jwks(NOON) == {"keys": []}
    for purpose in Purpose:
        assert not ring.verifying(purpose).by_kid
        with pytest.raises(NoSigningKey):
            ring.signing(purpose, NOON)


@pytest.mark.threat("K5")
@pytest.mark.threat("22")
def test_each_purpose_has_its_own_keys() -> None:
    """A key verifies nothing but what it is for, so a signature cannot be carried to another kind."""
    keys = {purpose: signing_key(purpose) for purpose in Purpose}
    ring = KeyRing(keys.values())
    for purpose, key in keys.items():
        assert ring.signing(purpose, NOON) == key
        assert ring.verifying(purpose).by_kid.keys() == {key.kid}


@pytest.mark.threat("K6")
@rfc("7517", "9.2")
def test_only_public_members_are_published() -> None:
    """The published set holds public members alone, each key with `kid`, `alg` and `use`."""
    ring = KeyRing([KEY, ED25519])
    published = ring.jwks(NOON)["keys"]
    assert isinstance(published, list)
    for jwk in published:
        assert isinstance(jwk, dict)
        assert PRIVATE_MEMBERS.isdisjoint(jwk)
        assert {"kty", "crv", "x", "kid", "alg", "use"} <= jwk.keys()
    assert str(KEY.private.as_dict(private=True)["d"]) not in str(ring.jwks(NOON))


@pytest.mark.threat("22")
def test_the_keys_of_receipts_are_not_published() -> None:
    """Nobody but this service reads receipts: a careless service that checks signatures only cannot take one."""
    receipt_key = signing_key(Purpose.RECEIPT)
    published = usable_keys(KeyRing([KEY, receipt_key]).jwks(NOON))
    assert published.by_kid.keys() == {KEY.kid}


@pytest.mark.threat("22")
def test_the_keys_of_seals_are_published_apart() -> None:
    """Keys of seals are in a set of their own, and keys of tokens are not in it: neither is taken for the other."""
    seal_key = signing_key(Purpose.SEAL)
    ring = KeyRing([KEY, seal_key, signing_key(Purpose.RECEIPT)])
    assert usable_keys(ring.jwks(NOON)).by_kid.keys() == {KEY.kid}
    assert usable_keys(ring.audit_jwks()).by_kid.keys() == {seal_key.kid}
    assert not [name for name in PRIVATE_MEMBERS if f"'{name}':" in str(ring.audit_jwks())]


def test_the_published_set_verifies_what_was_signed() -> None:
    """What others read from the published set verifies our tokens."""
    key = signing_key(Purpose.USER_TOKEN)
    published = usable_keys(KeyRing([key]).jwks(NOON))
    assert verify(sign_user_token({"sub": "anne"}, key), kind=Kind.USER_TOKEN, keys=published) == {"sub": "anne"}


@pytest.mark.threat("22")
def test_kinds_have_purposes_of_their_own() -> None:
    """No two kinds share a purpose; an assertion is signed by others, so it has none."""
    purposes = [kind.value.purpose for kind in Kind]
    assert sorted(filter(None, purposes)) == sorted(Purpose)
    entrances = (ACCESS_TOKEN, RECEIPT, USER_TOKEN)
    read_elsewhere = {Purpose.SEAL, Purpose.INTROSPECTION}
    assert [entrance.kind.value.purpose for entrance in entrances] == [e for e in Purpose if e not in read_elsewhere]
