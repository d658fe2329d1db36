"""Keys: how they are named, which of them are usable, and what of a set is stored."""

import json
from pathlib import Path
from typing import Final

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from delegation.tokens import (
    ASSERTION_ALGORITHMS,
    Algorithm,
    InvalidKey,
    Purpose,
    public_jwks,
    usable_keys,
)
from delegation.tokens.verification_keys import PRIVATE_MEMBERS, verification_key
from tests.conformance import rfc
from tests.tokens.forging import DROP, Json, changed, signing_key

VECTORS: Final = sorted((Path(__file__).parent / "vectors").glob("*.json"))
EC: Final[dict[str, Json]] = {**signing_key(Purpose.ACCESS_TOKEN).public}
OKP: Final[dict[str, Json]] = {**signing_key(Purpose.ACCESS_TOKEN, Algorithm.ED25519).public}
RSA: Final[dict[str, Json]] = {**RSAKey.generate_key(2048).as_dict(private=False)}


@pytest.mark.threat("K2")
@rfc("7638", "3.1", "example")
@rfc("7638", "3", "computation")
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_thumbprints_of_the_standards(path: Path) -> None:
    """A key without a name is named by its thumbprint: the example of each standard has the printed one."""
    vector = json.loads(path.read_text("utf-8"))
    assert verification_key(vector["jwk"]).kid == vector["thumbprint"]


@rfc("7638", "3.2", "required-members")
@pytest.mark.threat("K2")
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_new_key_is_named_by_its_thumbprint(algorithm: Algorithm) -> None:
    """The name follows from the key alone, so every replica gives it the same one."""
    key = signing_key(Purpose.RECEIPT, algorithm)
    assert key.kid == key.public["kid"] == key.private.thumbprint()
    assert verification_key(changed(key.public, {"kid": DROP})).kid == key.kid


@pytest.mark.threat("K5")
@pytest.mark.threat("K6")
@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_public_half_says_what_the_key_is_for(algorithm: Algorithm) -> None:
    """`use` and `alg` are set, and no private member is there."""
    public = signing_key(Purpose.ACCESS_TOKEN, algorithm).public
    assert (public["use"], public["alg"]) == ("sig", algorithm)
    assert PRIVATE_MEMBERS.isdisjoint(public)


def test_a_private_key_is_not_shown() -> None:
    """The text of a key, as it may come into a log, does not hold its private half."""
    key = signing_key(Purpose.ACCESS_TOKEN)
    assert str(key.private.as_dict(private=True)["d"]) not in repr(key)
    assert "private" not in repr(key)


UNUSABLE: Final[dict[str, Json]] = {
    "null": None,
    "a string": "key",
    "an array": [EC],
    "nothing": {},
    "a symmetric key": OctKey.generate_key(256).as_dict(),
    "a symmetric key that claims to be public": {"kty": "oct", "kid": "a"},
    "a private key on P-256": ECKey.generate_key("P-256").as_dict(private=True),
    "a private Ed25519 key": OKPKey.generate_key("Ed25519").as_dict(private=True),
    "a private RSA key": {**RSA, "d": "AQAB"},
    "a hidden secret": {**EC, "k": "AQAB"},
    "another curve": ECKey.generate_key("P-384").as_dict(private=False),
    "a curve for exchange": OKPKey.generate_key("X25519").as_dict(private=False),
    "an unknown type": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
    "a type that is no string": {**EC, "kty": ["EC"]},
    "a curve that is no string": {**EC, "crv": {"P-256": 1}},
    "RSA with a curve": {**RSA, "crv": "P-256"},
    "for encryption": {**EC, "use": "enc"},
    "a use that is no string": {**EC, "use": ["sig"]},
    "for other operations": {**EC, "key_ops": ["sign"]},
    "operations that are no array": {**EC, "key_ops": "verify"},
    "another algorithm": {**EC, "alg": "ES384"},
    "a symmetric algorithm": {**EC, "alg": "HS256"},
    "no algorithm": {**EC, "alg": "none"},
    "a deprecated algorithm": {**OKP, "alg": "EdDSA"},
    "an algorithm of null": {**EC, "alg": None},
    "without y": changed(EC, {"y": DROP}),
    "y of null": {**EC, "y": None},
    "y that is a number": {**EC, "y": 1},
    "a point beside the curve": {**EC, "y": EC["x"]},
    "the point of nothing": {**EC, "x": "A" * 43, "y": "A" * 43},
    "padding": {**EC, "x": EC["x"] + "="},
    "blanks": {**EC, "x": " " + EC["x"]},
    "an empty coordinate": {**EC, "x": ""},
    "too few bytes": {**OKP, "x": OKP["x"][:-4]},
    "an empty exponent": {**RSA, "e": ""},
    "an even exponent": {**RSA, "e": "Ag"},
    "an exponent of one": {**RSA, "e": "AQ"},
    "a long exponent": {**RSA, "e": "AQAAAAAAAAAB"},
    "1024 bits": {**RSA, "n": str(RSA["n"])[:171]},
    "a hundred thousand bits": {**RSA, "n": str(RSA["n"]) * 50},
    "an empty name": {**EC, "kid": ""},
    "a name of null": {**EC, "kid": None},
    "a name that is a number": {**EC, "kid": 1},
    "a long name": {**EC, "kid": "a" * 257},
    "a name with a control character": {**EC, "kid": "a\n"},
}


@pytest.mark.threat("19")
@rfc("7517", "5", "unknown-keys")
@pytest.mark.parametrize("unusable", UNUSABLE)
def test_an_unusable_key_is_left_out(unusable: str) -> None:
    """What cannot verify here is passed over, and the rest of the set is used."""
    assert usable_keys({"keys": [UNUSABLE[unusable], EC]}).by_kid.keys() == {EC["kid"]}


@pytest.mark.threat("19")
@pytest.mark.parametrize("unusable", UNUSABLE)
def test_an_unusable_key_is_not_registered(unusable: str) -> None:
    """A set that somebody registers here is taken whole or refused, with a reason that shows no key."""
    with pytest.raises(InvalidKey) as caught:
        public_jwks({"keys": [EC, UNUSABLE[unusable]]})
    assert EC["x"] not in str(caught.value)


def test_optional_members_may_be_absent_or_right() -> None:
    """`alg`, `use`, `key_ops` and `kid` may be absent; what else a key says is ignored (RFC 7517 §4)."""
    bare = {name: EC[name] for name in ("kty", "crv", "x", "y")}
    full = {**EC, "key_ops": ["verify"], "x5c": ["!"], "x5u": 1, "ext": True, "iat": 7}
    assert usable_keys({"keys": [bare]}).by_kid.keys() == {EC["kid"]}
    assert usable_keys({"keys": [full]}).by_kid.keys() == {EC["kid"]}


def test_a_name_that_two_keys_claim_names_neither() -> None:
    """Which of two keys is meant must never be a guess."""
    assert usable_keys({"keys": [{**EC, "kid": "a"}, {**OKP, "kid": "a"}, RSA]}).by_kid.keys() == {
        verification_key(RSA).kid
    }
    with pytest.raises(InvalidKey):
        public_jwks({"keys": [{**EC, "kid": "a"}, {**OKP, "kid": "a"}]})


@pytest.mark.parametrize("document", [None, [], [EC], "{}", {}, {"keys": None}, {"keys": EC}, {"keys": "x"}])
def test_what_is_no_key_set_is_refused(document: Json) -> None:
    """A JWK Set is an object whose `keys` is an array."""
    for read in (usable_keys, public_jwks):
        with pytest.raises(InvalidKey):
            read(document)


@pytest.mark.threat("K8")
def test_an_empty_set_withdraws_every_key() -> None:
    """A provider may publish no key at all; nobody registers none."""
    assert not usable_keys({"keys": []}).by_kid
    with pytest.raises(InvalidKey):
        public_jwks({"keys": []})


def test_a_registered_set_has_a_limit() -> None:
    """At most twenty keys are registered together."""
    keys = [{**EC, "kid": str(number)} for number in range(21)]
    assert len(usable_keys(public_jwks({"keys": keys[:20]})).by_kid) == 20
    with pytest.raises(InvalidKey):
        public_jwks({"keys": keys})


@pytest.mark.threat("K6")
def test_what_is_stored_of_a_set_is_enough_and_no_more() -> None:
    """Stored are the public members with name, algorithm and use; reading them back gives the same keys."""
    bare = {name: EC[name] for name in ("kty", "crv", "x", "y")}
    stored = public_jwks({"keys": [{**bare, "x5u": "https://evil.example", "name": "mine"}, OKP, RSA], "more": 1})
    keys: Json = stored["keys"]
    common = {"kty", "kid", "alg", "use"}
    assert [{*key} for key in keys] == [common | {"crv", "x", "y"}, common | {"crv", "x"}, common | {"n", "e"}]
    assert public_jwks(stored) == stored
    assert usable_keys(json.loads(json.dumps(stored))).by_kid.keys() == {EC["kid"], OKP["kid"], *_names(RSA)}


def test_a_client_cannot_register_a_key_it_could_not_use() -> None:
    """Client assertions are signed with ES256 or Ed25519: an RSA key is refused when it is registered."""
    with pytest.raises(InvalidKey, match="ES256 or Ed25519"):
        public_jwks({"keys": [RSA]}, ASSERTION_ALGORITHMS)
    assert public_jwks({"keys": [EC, OKP]}, ASSERTION_ALGORITHMS)


def _names(jwk: Json) -> list[str]:
    return [verification_key(jwk).kid]
