"""Errors of the OAuth endpoints: one class for each registered code (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 9396 §5)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.base import invalid_error_characters

from delegation.authority.tally import Said, Verdict


def wire_text(text: str) -> str:
    """Return a description with what the wire does not allow replaced (RFC 6749 §5.2)."""
    forbidden = set(invalid_error_characters(text))
    return "".join("?" if character in forbidden else character for character in text)


class ProtocolError(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """A request refused with a registered code and one sentence that says what to do."""

    code: ClassVar[str]
    said: Said = Verdict.OTHER
    """Which term of somebody's rights said no, where one did; it is counted and not told."""

    def __init__(self, description: str, **members: object) -> None:
        """Keep the sentence and further members of the answer."""
        self.error = self.code
        self.members: Mapping[str, object] = members
        super().__init__(description=wire_text(description))

    def blaming(self, said: Said) -> Self:
        """Return the error, for the term that said no."""
        self.said = said
        return self

    def get_body(self) -> list[tuple[str, Any]]:
        """Return the members of the error answer."""
        return [*super().get_body(), *self.members.items()]


class InvalidRequest(ProtocolError):
    """A parameter is missing, malformed or repeated, or a token presented is not acceptable (RFC 8693 §2.2.2)."""

    code = "invalid_request"


class InvalidClient(ProtocolError):
    """The client did not authenticate."""

    code = "invalid_client"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers, with the challenge (RFC 6749 §5.2)."""
        return [*super().get_headers(), ("WWW-Authenticate", 'Basic realm="delegation"')]


class UnauthorizedClient(ProtocolError):
    """The client may not use this grant."""

    code = "unauthorized_client"


class UnsupportedGrantType(ProtocolError):
    """The grant type is not known here."""

    code = "unsupported_grant_type"


class InvalidGrant(ProtocolError):
    """The token belongs to another client (RFC 7009 §2.1)."""

    code = "invalid_grant"


class UnsupportedTokenType(ProtocolError):
    """A token of this kind cannot be revoked by itself (RFC 7009 §2.2.1)."""

    code = "unsupported_token_type"


class InvalidScope(ProtocolError):
    """The scope is malformed or goes beyond what may be granted."""

    code = "invalid_scope"


class InvalidTarget(ProtocolError):
    """The service is unknown or not open to this request (RFC 8707 §2)."""

    code = "invalid_target"


class InvalidProof(ProtocolError):
    """A proof of possession is missing, or is not acceptable (RFC 9449 §5)."""

    code = "invalid_dpop_proof"


class UseNonce(ProtocolError):
    """A proof of possession must hold the nonce that comes with this answer (RFC 9449 §8)."""

    code = "use_dpop_nonce"


class InvalidDetails(ProtocolError):
    """The authorization details are malformed or go beyond what may be granted (RFC 9396 §5)."""

    code = "invalid_authorization_details"
