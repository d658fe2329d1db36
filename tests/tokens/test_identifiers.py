"""Identifiers and secrets that the service makes up."""

import re

import pytest

from delegation.tokens import hash_secret, is_secret, new_identifier, new_secret
from tests.conformance import rfc


def test_identifiers_name_their_kind_and_differ() -> None:
    """An identifier is its prefix and 128 random bits, in characters that need no escaping anywhere."""
    made = {new_identifier("at") for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"at_[A-Za-z0-9_-]{22}", one) for one in made)


@rfc("6749", "10.10", "unguessable")
@pytest.mark.threat("K12")
def test_secrets_have_256_random_bits() -> None:
    """A secret carries a prefix by which it is recognised, and 256 random bits."""
    made = {new_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"dss_[A-Za-z0-9_-]{43}", one) for one in made)


@pytest.mark.threat("K12")
def test_a_secret_is_known_by_its_hash() -> None:
    """Only the hash is stored; the secret matches it, and nothing near it does."""
    secret = new_secret()
    stored = hash_secret(secret)
    assert secret not in stored
    assert stored == hash_secret(secret)
    assert is_secret(secret, stored)
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), stored, "\ud800", "é"):
        assert not is_secret(wrong, stored)
