"""Receipts: proof to the agent it names that a delegation was made, for use without the person (semantics: receipt)."""

from datetime import UTC, datetime

from delegation.state.entities import Delegation
from delegation.tokens import KeyRing, Purpose, Receipt, sign_receipt


def receipt_for(delegation: Delegation, organization: str, ring: KeyRing, *, issuer: str, now: datetime) -> str:
    """Return the signed receipt of a delegation: worthless to anyone but its agent, and no longer than it lasts."""
    receipt = Receipt(
        issuer=issuer,
        user=delegation.user,
        agent=delegation.agent,
        delegation=delegation.id,
        organization=organization,
        issued_at=now,
        expires_at=datetime.fromtimestamp(delegation.expires_at, UTC),
        jti=f"rcpt_{delegation.id}",
    )
    return sign_receipt(receipt, ring.signing(Purpose.RECEIPT, now=now))
