"""Private keys at rest: nothing opens them but the master key, and nothing opens them as another key."""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Final

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from delegation.tokens import (
    Algorithm,
    InvalidKey,
    KeyRing,
    Purpose,
    SealedKey,
    SigningKey,
    seal,
    unseal,
)
from tests.tokens.forging import segment, signing_key

MASTER: Final = bytes(range(32))
KEY: Final = signing_key(Purpose.ACCESS_TOKEN)
OTHER: Final = signing_key(Purpose.ACCESS_TOKEN)
RECEIPT_KEY: Final = signing_key(Purpose.RECEIPT)


@pytest.mark.threat("K10")
@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.ED25519])
def test_a_key_comes_back_as_it_was(algorithm: Algorithm) -> None:
    """What was sealed and unsealed is the same key, and signs."""
    key = signing_key(Purpose.RECEIPT, algorithm)
    opened = unseal(seal(key, MASTER), MASTER)
    assert opened == key
    assert opened.private.as_dict(private=True)["d"] == key.private.as_dict(private=True)["d"]
    assert KeyRing([opened]).verifying(Purpose.RECEIPT).by_kid.keys() == {key.kid}


@pytest.mark.threat("K10")
def test_the_header_of_a_seal_binds_name_and_purpose() -> None:
    """The key lies under a random key of its own, wrapped by the master key; name and purpose are authenticated."""
    header = json.loads(urlsafe_b64decode(seal(KEY, MASTER).sealed.partition(".")[0] + "=="))
    assert header == {"alg": "A256KW", "enc": "A256GCM", "kid": KEY.kid, "purpose": "access-token"}
    first, second = (seal(KEY, MASTER).sealed.split(".")[1] for _ in range(2))
    assert first != second


@pytest.mark.threat("K10")
@pytest.mark.parametrize("thief", [OTHER, RECEIPT_KEY], ids=["another key", "another purpose"])
def test_the_seal_of_another_key_is_refused(thief: SigningKey) -> None:
    """A seal copied to the record of another key does not open, whether or not the purpose is the same."""
    swapped = replace(seal(KEY, MASTER), sealed=seal(thief, MASTER).sealed)
    with pytest.raises(InvalidKey):
        unseal(swapped, MASTER)


@pytest.mark.threat("K10")
def test_a_key_cannot_be_given_another_purpose() -> None:
    """A record whose purpose was edited does not open."""
    with pytest.raises(InvalidKey):
        unseal(replace(seal(KEY, MASTER), purpose=Purpose.RECEIPT), MASTER)


@pytest.mark.threat("K10")
def test_an_edited_header_does_not_open() -> None:
    """Name and purpose in the seal itself cannot be edited: they are authenticated with the rest."""
    sealed = seal(RECEIPT_KEY, MASTER)
    header = {"alg": "A256KW", "enc": "A256GCM", "kid": KEY.kid, "purpose": KEY.purpose.value}
    forged = ".".join([segment(header), *sealed.sealed.split(".")[1:]])
    with pytest.raises(InvalidKey):
        unseal(replace(seal(KEY, MASTER), sealed=forged), MASTER)


@pytest.mark.threat("K10")
@pytest.mark.parametrize("master", [bytes(32), MASTER[::-1], MASTER[:-1] + b"\x00"])
def test_another_master_key_opens_nothing(master: bytes) -> None:
    """Whoever has the database without the master key has no key."""
    with pytest.raises(InvalidKey):
        unseal(seal(KEY, MASTER), master)


@pytest.mark.threat("K10")
@pytest.mark.parametrize("length", [0, 16, 24, 31, 33, 64])
def test_a_master_key_has_32_bytes(length: int) -> None:
    """A shorter or longer master key is a mistake, never stretched or cut."""
    with pytest.raises(InvalidKey):
        seal(KEY, bytes(length))
    with pytest.raises(InvalidKey):
        unseal(seal(KEY, MASTER), bytes(length))


@pytest.mark.threat("K10")
@pytest.mark.threat("25")
@pytest.mark.parametrize("garbage", ["", "x", ".", "....", "a.b.c.d.e", "é", "{}", "AAAA.AAAA.AAAA.AAAA.AAAA"])
def test_garbage_does_not_open(garbage: str) -> None:
    """What is no seal is refused as a bad key, whatever it is."""
    with pytest.raises(InvalidKey):
        unseal(replace(seal(KEY, MASTER), sealed=garbage), MASTER)


@pytest.mark.threat("K10")
def test_every_change_of_a_seal_is_noticed() -> None:
    """Whichever character of a seal is changed, it does not open."""
    sealed = seal(KEY, MASTER)
    for place in range(0, len(sealed.sealed), 3):
        other = "A" if sealed.sealed[place] != "A" else "B"
        spoilt = sealed.sealed[:place] + other + sealed.sealed[place + 1 :]
        with pytest.raises(InvalidKey):
            unseal(replace(sealed, sealed=spoilt), MASTER)


@pytest.mark.threat("25")
@pytest.mark.parametrize("header", [{"alg": "dir"}, {"alg": "PBES2-HS256+A128KW"}, {"zip": "DEF"}, {"crit": ["exp"]}])
def test_only_our_way_of_sealing_is_opened(header: dict[str, object]) -> None:
    """Another algorithm, compression or an extension in a seal is refused before anything is opened."""
    sealed = seal(KEY, MASTER)
    own = json.loads(urlsafe_b64decode(sealed.sealed.partition(".")[0] + "=="))
    forged = ".".join([segment({**own, **header}), *sealed.sealed.split(".")[1:]])
    with pytest.raises(InvalidKey):
        unseal(replace(sealed, sealed=forged), MASTER)


@pytest.mark.parametrize("plaintext", [b"", b"{}", b"null", b'{"kty":"oct","k":"AQAB"}', b'{"kty":"EC"}', b"\xff"])
def test_what_was_sealed_must_be_a_private_key(plaintext: bytes) -> None:
    """A seal that opens and holds something else is refused."""
    sealed = seal(KEY, MASTER)
    header = json.loads(urlsafe_b64decode(sealed.sealed.partition(".")[0] + "=="))
    registry = jwe.JWERegistry(algorithms=["A256KW", "A256GCM"], strict_check_header=False)
    forged = jwe.encrypt_compact(header, plaintext, OctKey.import_key(MASTER), registry=registry)
    with pytest.raises(InvalidKey):
        unseal(replace(sealed, sealed=forged), MASTER)


def test_a_sealed_key_does_not_show_its_seal() -> None:
    """The text of a sealed key, as it may come into a log, does not hold the seal."""
    sealed = seal(KEY, MASTER)
    assert isinstance(sealed, SealedKey)
    assert sealed.sealed not in repr(sealed)
