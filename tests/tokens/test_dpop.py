"""Proofs of possession, as the server and the library of services read them, each by code of its own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey, OKPKey

from delegation.client.service.proof_reading import BadProof, Presented
from delegation.client.service.proof_reading import read_proof as read_by_the_library
from delegation.tokens import InvalidToken, Proof, Reason, read_proof
from tests.clock import NOON, Clock
from tests.conformance import rfc
from tests.proving import Prover, ath

VECTORS: Final = sorted((Path(__file__).parent / "vectors" / "proofs").glob("*.json"))
URL: Final = "https://documents.example/apps"
PROVER: Final = Prover(Clock())


def read(proof: str, *, now: datetime = NOON, url: str = URL, token: str | None = None) -> Proof:
    """Read a proof for a POST to the address."""
    return read_proof(proof, method="POST", url=url, now=now, access_token=token)


@rfc("9449", "6.1", "thumbprint")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_the_proofs_of_the_standard_are_read(vector: Path) -> None:
    """Both proofs that RFC 9449 prints verify, and show the key, the id and the time that it says."""
    given: dict[str, Any] = json.loads(vector.read_text())
    made = datetime.fromtimestamp(given["iat"], UTC)
    proof = read_proof(given["proof"], method=given["method"], url=given["url"], now=made, access_token=given["token"])
    assert proof == Proof(given["thumbprint"], given["jti"], made, None)
    if given["token"] is not None:
        asked = Presented(given["method"], given["url"], given["token"])
        assert read_by_the_library(given["proof"], asked, made).key == given["thumbprint"]
        with pytest.raises(BadProof):
            read_by_the_library(given["proof"], asked, made + timedelta(hours=1))


@pytest.mark.parametrize("key", [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")], ids=["P-256", "Ed25519"])
def test_a_good_proof_shows_its_key(key: ECKey | OKPKey) -> None:
    """Keys of both kinds prove themselves, with a nonce or without, to both readers."""
    prover = Prover(Clock(), key)
    proof = prover.proof(URL, nonce="nonce", ath=ath("token"))
    seen = read(proof, token="token")
    assert (seen.thumbprint, seen.nonce, seen.issued_at) == (key.thumbprint(), "nonce", NOON)
    also = read_by_the_library(proof, Presented("POST", URL, "token"), NOON)
    assert (also.key, also.nonce) == (key.thumbprint(), "nonce")


@pytest.mark.threat("28")
@pytest.mark.parametrize("wrong", ["", "Kz", ath("other"), ath("token") + "=", None, 1])
def test_a_proof_beside_a_token_names_it(wrong: object) -> None:
    """With a token, `ath` is the hash of this very token."""
    assert read(PROVER.proof(URL, ath=ath("token")), token="token").thumbprint == PROVER.thumbprint
    for proof in (PROVER.proof(URL), PROVER.proof(URL, ath=wrong)):
        with pytest.raises(InvalidToken) as caught:
            read(proof, token="token")
        assert caught.value.reason is Reason.CLAIM


@pytest.mark.threat("28")
@rfc("9449", "11.1", "short-life")
def test_a_proof_is_good_for_a_minute() -> None:
    """A minute after it was made it is too old, and more than ten seconds before it is not made yet."""
    proof, library = PROVER.proof(URL, ath=ath("token")), Presented("POST", URL, "token")
    for seconds in (-10, 0, 59, 60):
        now = NOON + timedelta(seconds=seconds)
        assert read(proof, now=now).thumbprint == PROVER.thumbprint
        assert read_by_the_library(proof, library, now).key == PROVER.thumbprint
    for seconds, reason in ((-11, Reason.NOT_YET_VALID), (61, Reason.EXPIRED), (10**8, Reason.EXPIRED)):
        now = NOON + timedelta(seconds=seconds)
        with pytest.raises(InvalidToken) as caught:
            read(proof, now=now)
        assert caught.value.reason is reason
        with pytest.raises(BadProof):
            read_by_the_library(proof, library, now)


@rfc("9449", "11.1", "bounded-id")
def test_what_is_remembered_of_a_proof_has_one_size() -> None:
    """Short or long, the id of a proof becomes a name of one size, another for another key or id."""
    asked = Presented("POST", URL, "token")
    proofs = [
        prover.proof(URL, jti=jti, ath=ath("token")) for prover in (PROVER, Prover(Clock())) for jti in ("x", "y" * 256)
    ]
    names = {read(proof).once for proof in proofs}
    assert {len(name) for name in names} == {64}
    assert names == {read_by_the_library(proof, asked, NOON).id for proof in proofs}
    assert len(names) == len(proofs)


def test_errors_repeat_nothing_of_a_proof() -> None:
    """What is wrong is said without repeating what the sender wrote."""
    planted = "planted-canary"
    flaws: list[dict[str, Any]] = [
        *({"htm": planted}, {"htu": f"https://{planted}/"}, {"iat": planted}, {"jti": [planted]}, {"nonce": [planted]}),
    ]
    for claims in flaws:
        proof = PROVER.proof(URL, **{"ath": ath("token"), **claims})
        with pytest.raises(InvalidToken) as caught:
            read(proof)
        with pytest.raises(BadProof) as also:
            read_by_the_library(proof, Presented("POST", URL, "token"), NOON)
        assert planted not in f"{caught.value} {also.value}"
