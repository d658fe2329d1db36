"""Client assertions: what proves who an agent is."""

from datetime import timedelta

import pytest

from delegation.tokens import (
    ClientAssertion,
    InvalidToken,
    Reason,
    claimed_assertion,
    read_client_assertion,
    usable_keys,
)
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import (
    AGENT,
    AGENT_KEYS,
    CLIENT_ASSERTION,
    DROP,
    ISSUER,
    Json,
    refused,
    shown,
)


@rfc("7523", "3", "single-use")
def test_an_assertion_proves_a_client_once() -> None:
    """The answer holds who was proved, and what must be remembered until when so that it counts once."""
    assert CLIENT_ASSERTION.enter(CLIENT_ASSERTION.token()) == ClientAssertion(
        client_id=AGENT, jti="ca_1", expires_at=NOON + timedelta(seconds=300), issued_at=NOON
    )


@rfc("7523", "3", "issuer-and-subject")
@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", ["reviewer", "plan", "planner ", "Planner", "", None, 1, [AGENT]], ids=shown)
def test_issuer_and_subject_are_the_client(name: str, value: Json) -> None:
    """An assertion speaks of the client it comes from, in both places, character by character."""
    token = CLIENT_ASSERTION.token(claims={name: value})
    assert refused(CLIENT_ASSERTION, token) in {Reason.ISSUER, Reason.CLAIM}


def test_the_client_that_is_asked_about_decides() -> None:
    """An assertion of one client is no proof for another, even with the same keys."""
    claimed = claimed_assertion(CLIENT_ASSERTION.token())
    with pytest.raises(InvalidToken) as caught:
        read_client_assertion(claimed, keys=AGENT_KEYS, client_id="reviewer", issuer=ISSUER, now=NOON)
    assert caught.value.reason is Reason.ISSUER


@rfc("7521", "4.2", "same-client")
def test_the_claimed_client_tells_whose_keys_to_try() -> None:
    """The client can be read before anything is proved, so that `client_id` may stay out of the request."""
    assert claimed_assertion(CLIENT_ASSERTION.token()).client_id == AGENT
    for value in (DROP, None, 1, "", [AGENT]):
        with pytest.raises(InvalidToken):
            claimed_assertion(CLIENT_ASSERTION.token(claims={"sub": value}))


def test_a_client_without_keys_proves_nothing() -> None:
    """Where no key is registered, no signature is right."""
    nobody = usable_keys({"keys": []})
    claimed = claimed_assertion(CLIENT_ASSERTION.token())
    with pytest.raises(InvalidToken) as caught:
        read_client_assertion(claimed, keys=nobody, client_id=AGENT, issuer=ISSUER, now=NOON)
    assert caught.value.reason is Reason.UNKNOWN_KEY
