"""Attacks on the signature and on the key it is checked with, at every entrance."""

import hmac
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from delegation.tokens import Algorithm, Reason
from delegation.tokens.jws import Kind
from tests.conformance import rfc
from tests.tokens.forging import (
    CLIENT_ASSERTION,
    DROP,
    Entrance,
    changed,
    refused,
    sealed,
    segment,
)

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

NO_ALGORITHM: Final[list[object]] = ["none", "None", "NONE", "nOnE", " none", "none ", "", None, 0, [], ["ES256"], {}]
OTHER_ALGORITHMS = [
    *("HS256", "HS384", "HS512", "RS384", "PS256", "ES384", "ES512", "ES256K", "EdDSA"),
    *("es256", "ES256 ", "Ed25519", "ES25", "ES2566", "dir", "A256GCMKW"),
]


def _point(key: ECKey) -> bytes:
    numbers = key.public_key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


PUBLIC_ENCODINGS: Final[Mapping[str, Callable[[ECKey], bytes]]] = {
    "pem": lambda key: key.as_pem(),
    "pem without its last newline": lambda key: key.as_pem().strip(),
    "der": lambda key: key.as_der(),
    "jwk": lambda key: json.dumps(key.as_dict(private=False)).encode(),
    "point": _point,
    "thumbprint": lambda key: key.thumbprint().encode(),
    "nothing": lambda _: b"",
}


def _ec_key(entrance: Entrance) -> ECKey:
    assert isinstance(entrance.key.private, ECKey)
    return entrance.key.private


def test_each_entrance_lets_its_own_token_in(entrance: Entrance) -> None:
    """What all refusals are measured against: the unchanged token is good at every entrance."""
    assert entrance.enter(entrance.token()) is not None


@pytest.mark.threat("18")
@rfc("8725", "3.1", "algorithm")
@rfc("9068", "2.1", "signed")
@pytest.mark.parametrize("algorithm", NO_ALGORITHM)
def test_a_token_without_an_algorithm_is_refused(entrance: Entrance, algorithm: object) -> None:
    """No spelling of `none`, and nothing that is no string, stands for an algorithm, signed or not."""
    signed = entrance.token(header={"alg": algorithm})
    head, payload, _ = signed.split(".")
    assert refused(entrance, signed) is Reason.ALGORITHM
    assert refused(entrance, f"{head}.{payload}.") is Reason.MALFORMED
    assert refused(entrance, f"{head}.{payload}") is Reason.MALFORMED


@pytest.mark.threat("18")
def test_a_header_without_alg_is_refused(entrance: Entrance) -> None:
    """The algorithm must be said, although the key knows it."""
    assert refused(entrance, entrance.token(header={"alg": DROP})) is Reason.ALGORITHM


@pytest.mark.threat("18")
@rfc("9068", "4", "signature")
def test_a_stripped_signature_is_refused(entrance: Entrance) -> None:
    """A token whose signature was cut off, emptied or replaced is none."""
    head, payload, signature = entrance.token().split(".")
    assert refused(entrance, f"{head}.{payload}.") is Reason.MALFORMED
    assert refused(entrance, f"{head}..{signature}") is Reason.MALFORMED
    assert refused(entrance, f"{head}.{payload}.AAAA") is Reason.SIGNATURE


@pytest.mark.threat("19")
@pytest.mark.threat("L5")
@pytest.mark.parametrize("encoding", PUBLIC_ENCODINGS)
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "ES256"])
def test_a_public_key_is_no_secret(entrance: Entrance, encoding: str, algorithm: str) -> None:
    """A MAC made with the public key, in whatever encoding, is no signature."""
    secret = PUBLIC_ENCODINGS[encoding](_ec_key(entrance))
    signed = f"{segment(changed(entrance.header, {'alg': algorithm}))}.{segment(dict(entrance.claims))}"
    mac = hmac.digest(secret, signed.encode(), sha256)
    assert refused(entrance, f"{signed}.{segment(mac)}") in {Reason.ALGORITHM, Reason.SIGNATURE}


@pytest.mark.threat("K3")
@pytest.mark.threat("L1")
@rfc("8725", "3.1", "algorithm")
@pytest.mark.parametrize("algorithm", OTHER_ALGORITHMS)
def test_the_key_decides_on_the_algorithm(entrance: Entrance, algorithm: str) -> None:
    """A header that names another algorithm than the key's is refused, even one allowed for other keys."""
    assert refused(entrance, entrance.token(header={"alg": algorithm})) is Reason.ALGORITHM


@pytest.mark.threat("K4")
@pytest.mark.parametrize("kind", Kind)
def test_no_kind_allows_a_symmetric_algorithm(kind: Kind) -> None:
    """No allow-list holds an HMAC algorithm, and RS256 stands in none for what clients sign."""
    asymmetric = {Algorithm.ES256, Algorithm.ED25519, Algorithm.RS256}
    by_clients = kind.value.purpose is None
    assert kind.value.algorithms == (asymmetric - {Algorithm.RS256} if by_clients else asymmetric)


@rfc("7523", "3", "signature")
def test_another_key_under_a_known_name_is_refused(entrance: Entrance) -> None:
    """Who knows the name of a key still lacks the key."""
    token = sealed(entrance.header, dict(entrance.claims), ECKey.generate_key("P-256"))
    assert refused(entrance, token) is Reason.SIGNATURE


@pytest.mark.threat("26")
@pytest.mark.parametrize(
    "signature",
    [b"\x00" * 64, b"\x00" * 63, b"\x00" * 65, b"\xff" * 64, b"\x00" * 31 + b"\x01" + b"\x00" * 31 + b"\x01"],
)
def test_a_signature_of_zeros_or_of_wrong_length_is_refused(entrance: Entrance, signature: bytes) -> None:
    """Numbers outside the group, and signatures that are too short or too long, verify nothing."""
    head, payload, _ = entrance.token().split(".")
    assert refused(entrance, f"{head}.{payload}.{segment(signature)}") is Reason.SIGNATURE


@pytest.mark.threat("26")
def test_a_signature_in_der_is_refused(entrance: Entrance) -> None:
    """An ECDSA signature is two numbers side by side; the ASN.1 shape of the same is refused."""
    head, payload, _ = entrance.token().split(".")
    private = _ec_key(entrance).private_key
    assert private is not None
    der = private.sign(f"{head}.{payload}".encode(), ECDSA(SHA256()))
    assert refused(entrance, f"{head}.{payload}.{segment(der)}") is Reason.SIGNATURE


@pytest.mark.threat("26")
def test_the_second_signature_of_ecdsa_changes_nothing_that_counts() -> None:
    """Anybody can turn (r, s) into (r, n - s): the bytes differ, what is remembered of a token does not."""
    token = CLIENT_ASSERTION.token()
    head, payload, signature = token.split(".")
    raw = urlsafe_b64decode(signature.encode())
    mirrored = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    twin = f"{head}.{payload}.{segment(mirrored)}"
    assert twin != token
    assert CLIENT_ASSERTION.enter(twin) == CLIENT_ASSERTION.enter(token)


@pytest.mark.threat("26")
@pytest.mark.threat("30")
def test_no_character_of_a_token_can_be_changed(entrance: Entrance) -> None:
    """Whichever single character is replaced, removed or doubled, the token is refused."""
    token = entrance.token()
    for place in range(0, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        refused(entrance, token[:place] + other + token[place + 1 :])
        refused(entrance, token[:place] + token[place + 1 :])
        refused(entrance, token[:place] + token[place] + token[place:])


@pytest.mark.threat("30")
def test_no_part_of_a_token_is_a_token(entrance: Entrance) -> None:
    """Every proper prefix and every proper suffix of a token is refused."""
    token = entrance.token()
    for place in range(1, len(token)):
        refused(entrance, token[:place])
        refused(entrance, token[place:])
