"""Who presents a token by its own word (RFC 9068): what the issuer signed, true when it was issued."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, text_of, whole_number_of
from delegation.client.service.delegated_caller import DelegatedCaller, Details, Meant, caller_in

TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
SKEW: Final = timedelta(seconds=5)
"""How far ahead the issuer's clock may be."""
# What is not known here may restrict the token: such a token is refused, not read without it.
_CLAIMS: Final = frozenset(
    {"iss", "sub", "aud", "client_id", "iat", "nbf", "exp", "jti", "act", "org_id"}
    | {"authorization_details", "scope", "asked", "ancestors", "cnf", "budgeted"}
)
_DETAILS: Final = frozenset({"type", "identifier", "privileges", "actions", "locations", "delegation_id"})


def caller_by_claims(claims: Mapping[str, JSON], token: str, meant: Meant) -> DelegatedCaller | None:
    """Return who presents a token with these claims; None if it is not good here, or not to be judged offline."""
    try:
        if not claims.keys() <= _CLAIMS or claims.get("budgeted", False) is not False:
            return None
        if not _has_begun(claims, meant):
            return None
        bound = "dpop" if "cnf" in claims else "bearer"
        caller = caller_in({**claims, "active": True, "token_type": bound, "revision": None}, token, meant)
        if caller is None or caller.actor != text_of(claims, "client_id"):
            return None
        if [_is_known(entry, meant) for entry in caller.details] != [True]:
            return None
    except UnexpectedAnswer:
        return None
    return caller


def _is_known(details: Details, meant: Meant) -> bool:
    """Return whether all that details say is understood: roles on one resource, at this service alone."""
    is_place = isinstance(details.get("identifier"), str) and details.get("locations") == [meant.audience]
    return details.keys() <= _DETAILS and details.get("type") == "resource_role" and is_place


def _has_begun(claims: Mapping[str, JSON], meant: Meant) -> bool:
    latest = (meant.now + SKEW).timestamp()
    return whole_number_of(claims, "nbf") <= latest and whole_number_of(claims, "iat") <= latest
