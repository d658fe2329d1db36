"""A token exchange request as a value, before anything it says is believed (RFC 8693 §2.1)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from delegation.oauth.details import Details, read_details
from delegation.oauth.errors import InvalidDetails, InvalidRequest, InvalidScope, InvalidTarget
from delegation.oauth.form import Form

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
CLIENT_CREDENTIALS: Final = "client_credentials"
_TYPES: Final = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN: Final = f"{_TYPES}access_token"
JWT: Final = f"{_TYPES}jwt"
_SCOPE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """What an agent asks for. Absent things are None; nothing absent means everything."""

    subject_token: str
    subject_token_type: str
    actor_token: str | None
    actor_token_type: str | None
    target: str | None
    """The audience URI or the id of the one service the token is for."""
    details: Details | None
    scope: frozenset[str] | None

    @property
    def actions(self) -> frozenset[str] | None:
        """The permissions asked for by name, in either of the two ways."""
        return self.details.actions if self.details and self.details.actions else self.scope


def read_exchange(form: Form) -> ExchangeRequest:
    """Return the request a form makes. Raises ProtocolError with the registered code."""
    details = form.get("authorization_details")
    request = ExchangeRequest(
        subject_token=form.require("subject_token"),
        subject_token_type=_subject_token_type(form),
        actor_token=_actor_token(form),
        actor_token_type=form.get("actor_token_type"),
        target=_target(form),
        details=None if details is None else read_details(details),
        scope=_scope(form.get("scope")),
    )
    if request.details and request.details.actions and request.scope not in (None, request.details.actions):
        raise InvalidScope("`scope` and `actions` name different permissions; use one of them")
    location = request.details.location if request.details else None
    if location and not _is_address(location):
        raise InvalidDetails("`locations` must be an absolute URI without a fragment")
    return request


def _subject_token_type(form: Form) -> str:
    declared = form.require("subject_token_type")
    if declared not in {ACCESS_TOKEN, JWT}:
        raise InvalidRequest(
            "`subject_token_type` must be the URN of an access_token (of a user, or of ours) or a jwt (a receipt)"
        )
    wanted = form.get("requested_token_type")
    if wanted not in {None, ACCESS_TOKEN}:
        raise InvalidRequest("`requested_token_type` can only be an access_token")  # RFC 8693 §2.2.2
    return declared


def _actor_token(form: Form) -> str | None:
    token, declared = form.get("actor_token"), form.get("actor_token_type")
    if (token is None) is not (declared is None):
        raise InvalidRequest("`actor_token` and `actor_token_type` come together")  # RFC 8693 §2.1
    if declared not in {None, JWT, ACCESS_TOKEN}:
        raise InvalidRequest(
            "`actor_token_type` must be the URN of a jwt (a client assertion) or an access_token (the agent's own)"
        )
    return token


def _target(form: Form) -> str | None:
    if not all(map(_is_address, form.all("resource"))):
        raise InvalidTarget("`resource` must be an absolute URI without a fragment")  # RFC 8707 §2
    named = {*form.all("resource"), *form.all("audience")}
    if len(named) > 1:
        raise InvalidTarget("ask for one service at a time: a token has one audience")
    return next(iter(named), None)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and "#" not in text


def _scope(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    words = text.split(" ")
    if len(words) > _SCOPE_LIMIT or "" in words:
        raise InvalidScope("`scope` is a list of permissions with one blank between them")
    return frozenset(words)
