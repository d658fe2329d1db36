"""Refusals of the authorization service, each as the class that says what to do about it."""

from collections.abc import Mapping
from typing import Final

from delegation.client.errors import (
    AgentSuspended,
    AmbiguousDelegation,
    BudgetSpent,
    ConsentRequired,
    NotAdmitted,
    ProofRefused,
    Refused,
    SubjectRefused,
    UnexpectedAnswer,
    UnknownClient,
    Widening,
    Widens,
)
from delegation.client.issuer.json_text import JSON, text_of

_BY_REASON: Final = {"subject_token": SubjectRefused, "agent_suspended": AgentSuspended}
"""By the member `reason`, which tells apart what shares a registered code."""
_BY_CODE: Final = {
    "invalid_client": UnknownClient,
    "unauthorized_client": UnknownClient,
    "unauthorized": UnknownClient,
    "invalid_target": NotAdmitted,
    "invalid_dpop_proof": ProofRefused,
    "use_dpop_nonce": ProofRefused,
}


def refusal_in(members: Mapping[str, JSON]) -> Refused:
    """Return the refusal an OAuth error describes (RFC 6749 §5.2), in its most telling class."""
    error, described = text_of(members, "error"), members.get("error_description")
    words = described if isinstance(described, str) else ""
    reason, consent_uri, delegations = (members.get(name) for name in ("reason", "consent_uri", "delegations"))
    if isinstance(consent_uri, str):
        return (BudgetSpent if reason == "budget_spent" else ConsentRequired)(error, words, consent_uri)
    if isinstance(delegations, list):
        return AmbiguousDelegation(error, words, [str(name) for name in delegations])
    return _BY_REASON.get(str(reason), _BY_CODE.get(error, Refused))(error, words)


def problem_in(members: Mapping[str, JSON]) -> Refused:
    """Return the refusal that a problem document describes (RFC 9457), in its most telling class."""
    code, detail, widens = text_of(members, "code"), members.get("detail"), members.get("widens")
    words = detail if isinstance(detail, str) else ""
    if isinstance(widens, list):
        return Widens(code, words, [_widening(each) for each in widens])
    return _BY_CODE.get(code, Refused)(code, words)


def _widening(value: JSON) -> Widening:
    if not isinstance(value, Mapping):
        raise UnexpectedAnswer("`widens` holds something that is no object")
    beyond = value.get("beyond")
    return Widening(text_of(value, "code"), tuple(map(str, beyond)) if isinstance(beyond, list) else ())
