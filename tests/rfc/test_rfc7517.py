"""RFC 7517: the keys that are published."""

from typing import Final

import pytest

from tests.conformance import rfc
from tests.rfc.minting import header_of
from tests.rfc.stage import Stage

MEMBERS: Final = {"kty", "crv", "x", "y", "kid", "alg", "use"}
PRIVATE: Final = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@rfc("7517", "9.2", "public-only")
@pytest.mark.threat("E22")
def test_only_public_members_are_published(stage: Stage) -> None:
    """Each key says its kind, its use and its numbers, and nothing that could sign."""
    answer = stage.http.get("/jwks.json")
    keys = answer.json()["keys"]
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json().keys() == {"keys"}
    assert keys
    assert all(set(key) == MEMBERS and not PRIVATE & set(key) for key in keys)
    assert {(key["use"], key["alg"]) for key in keys} == {("sig", "ES256")}


@rfc("7638", "3", "computation")
def test_tokens_name_a_published_key_by_its_thumbprint(stage: Stage) -> None:
    """Whoever reads a token finds its key in the set."""
    kid = header_of(stage.token())["kid"]
    assert kid in {key["kid"] for key in stage.http.get("/jwks.json").json()["keys"]}
    assert len(kid) == 43
