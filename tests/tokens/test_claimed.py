"""What is read of a token before anything is proved: enough to know where to look, never more."""

import pytest

from delegation.tokens import Memory, claimed_world
from tests.tokens.forging import ACCESS_TOKEN, CLIENT_ASSERTION, DROP, RECEIPT, USER_TOKEN, Entrance, Json, shown


@pytest.mark.parametrize("entrance", [ACCESS_TOKEN, RECEIPT], ids=["access token", "receipt"])
def test_our_tokens_claim_an_organization_and_a_user(entrance: Entrance) -> None:
    """Whose facts are needed to judge a token follows from what it claims, proved or not."""
    token = entrance.token()
    assert claimed_world(token, Memory()) == ("acme", "anne")
    assert claimed_world(token[: token.rindex(".")] + ".AAAA", Memory()) == ("acme", "anne")


@pytest.mark.threat("24")
@pytest.mark.parametrize("value", [DROP, None, True, 7, "", "a" * 257, "a\n", ["acme"], {}], ids=shown)
def test_a_claim_that_names_nothing_is_none(value: Json) -> None:
    """What could not be the name of anything is not looked for."""
    assert claimed_world(ACCESS_TOKEN.token(claims={"org_id": value}), Memory()) == (None, "anne")
    assert claimed_world(ACCESS_TOKEN.token(claims={"sub": value}), Memory()) == ("acme", None)


@pytest.mark.parametrize(
    "text",
    ["", "x", "a.b.c", "A" * 20_000, USER_TOKEN.token(header={"typ": "JWT"}), CLIENT_ASSERTION.token()],
    ids=shown,
)
def test_what_is_no_token_of_ours_claims_nothing(text: str) -> None:
    """Text that is neither an access token nor a receipt is about nothing, and is no error here."""
    assert claimed_world(text, Memory()) == (None, None)
