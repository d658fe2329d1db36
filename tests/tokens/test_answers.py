"""Answers at rest: nothing opens them but the master key, and nothing opens them in another place."""

import json
from base64 import urlsafe_b64decode
from typing import Final

import pytest

from delegation.tokens import InvalidKey, Purpose, seal, seal_answer, unseal_answer
from tests.tokens.forging import segment, signing_key

MASTER: Final = bytes(range(32))
ANSWER: Final = '{"client_secret": "dss_größer 🙂"}'

pytestmark = pytest.mark.threat("K10")


def test_an_answer_comes_back_as_it_was() -> None:
    """What was sealed and unsealed is the same text."""
    assert unseal_answer(seal_answer(ANSWER, "here", MASTER), "here", MASTER) == ANSWER


def test_the_header_binds_purpose_and_place() -> None:
    """The answer lies under a random key of its own, wrapped by the master key; purpose and place are authenticated."""
    first, second = (seal_answer(ANSWER, "here", MASTER).split(".") for _ in range(2))
    header = json.loads(urlsafe_b64decode(first[0] + "=="))
    assert header == {"alg": "A256KW", "enc": "A256GCM", "purpose": "idempotency", "place": "here"}
    assert first[1] != second[1]


def test_an_answer_opens_in_no_other_place() -> None:
    """A seal copied to another row does not open there."""
    with pytest.raises(InvalidKey, match="another request"):
        unseal_answer(seal_answer(ANSWER, "here", MASTER), "there", MASTER)


def test_no_other_master_key_opens_an_answer() -> None:
    """After the master key was replaced an answer is lost, and not misread."""
    with pytest.raises(InvalidKey, match="this master key"):
        unseal_answer(seal_answer(ANSWER, "here", MASTER), "here", bytes(32))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_seals_nothing(length: int) -> None:
    """A master key that does not have 32 bytes neither seals nor opens."""
    with pytest.raises(InvalidKey):
        seal_answer(ANSWER, "here", bytes(length))
    with pytest.raises(InvalidKey):
        unseal_answer(seal_answer(ANSWER, "here", MASTER), "here", bytes(length))


def test_a_sealed_signing_key_is_no_answer() -> None:
    """What was sealed for another purpose under the same master key does not open as an answer."""
    key = signing_key(Purpose.RECEIPT)
    with pytest.raises(InvalidKey):
        unseal_answer(seal(key, MASTER).sealed, key.kid, MASTER)


@pytest.mark.parametrize("part", range(5))
def test_an_edited_answer_does_not_open(part: int) -> None:
    """A seal of which any part was exchanged for another seal's does not open."""
    parts, other = (seal_answer(text, text, MASTER).split(".") for text in ("here", "there"))
    with pytest.raises(InvalidKey):
        unseal_answer(".".join([*parts[:part], other[part], *parts[part + 1 :]]), "here", MASTER)


def test_an_edited_header_does_not_open() -> None:
    """The place in the seal itself cannot be edited: it is authenticated with the rest."""
    header = {"alg": "A256KW", "enc": "A256GCM", "purpose": "idempotency", "place": "there"}
    _, *rest = seal_answer(ANSWER, "here", MASTER).split(".")
    with pytest.raises(InvalidKey):
        unseal_answer(".".join([segment(header), *rest]), "there", MASTER)


@pytest.mark.parametrize("sealed", ["", "....", "no seal", '{"client_secret": "plain"}'])
def test_what_is_no_seal_does_not_open(sealed: str) -> None:
    """A text that is no JWE in compact form is refused as any other."""
    with pytest.raises(InvalidKey):
        unseal_answer(sealed, "here", MASTER)
