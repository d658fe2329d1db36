"""Receipts: what is written is read back, by this service alone."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import InvalidKey, Purpose, Reason, Receipt, read_receipt, sign_receipt
from delegation.tokens.jws import Kind, verify
from tests.clock import NOON
from tests.tokens.forging import ACCESS_KEY, AGENT, ISSUER, RECEIPT, RECEIPT_KEY, RING, refused

NAMES: Final = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(str.isprintable)


@pytest.mark.semantics("4")
def test_a_receipt_names_its_user_agent_and_delegation() -> None:
    """The claims are those of the semantics; the audience is the issuer, so nobody else can use it."""
    receipt = Receipt(
        issuer=ISSUER,
        user="anne",
        agent=AGENT,
        delegation="dlg_1",
        organization="acme",
        issued_at=NOON,
        expires_at=NOON + timedelta(seconds=300),
        jti="rcp_1",
    )
    encoded = sign_receipt(receipt, RECEIPT_KEY)
    assert verify(encoded, kind=Kind.RECEIPT, keys=RING.verifying(Purpose.RECEIPT)) == RECEIPT.claims
    assert read_receipt(encoded, ring=RING, issuer=ISSUER, now=NOON) == receipt


@pytest.mark.threat("22")
@pytest.mark.threat("K5")
def test_the_keys_of_access_tokens_sign_no_receipts() -> None:
    """A receipt has keys of its own, so none can be made of another token's signature."""
    with pytest.raises(InvalidKey):
        sign_receipt(Receipt(ISSUER, "anne", AGENT, "dlg_1", "acme", NOON, NOON, "rcp_1"), ACCESS_KEY)


@pytest.mark.threat("24")
def test_a_receipt_of_another_deployment_is_refused() -> None:
    """Two deployments that share keys still refuse each other's receipts, each by its issuer."""
    other = "https://as2.example"
    assert refused(RECEIPT, RECEIPT.token(claims={"iss": other, "aud": other})) is Reason.ISSUER
    assert refused(RECEIPT, RECEIPT.token(claims={"aud": other})) is Reason.AUDIENCE


@given(
    st.builds(
        Receipt,
        issuer=st.just(ISSUER),
        user=NAMES,
        agent=NAMES,
        delegation=NAMES,
        organization=NAMES,
        issued_at=st.integers(-(10**9), 10).map(lambda ago: NOON + timedelta(seconds=ago)),
        expires_at=st.integers(1, 10**9).map(lambda left: NOON + timedelta(seconds=left)),
        jti=NAMES,
    )
)
def test_what_is_signed_is_read_back(receipt: Receipt) -> None:
    """Whatever a receipt says, reading what was signed gives the same value."""
    encoded = sign_receipt(receipt, RECEIPT_KEY)
    assert read_receipt(encoded, ring=RING, issuer=ISSUER, now=NOON) == receipt
