"""The forms of requests and answers of the OAuth endpoints and of what is published for anybody, for documentation.

Unknown parameters are ignored there (RFC 6749 §3.1), so none of these forms is closed.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class _ByClient(_Open):
    client_id: str | None = None
    """The client's id, where it does not authenticate by Basic."""
    client_secret: str | None = None
    client_assertion_type: str | None = None
    """`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`."""
    client_assertion: str | None = None
    """A JWT that the client signed (RFC 7523)."""


class TokenForm(_ByClient):
    """A token request: token exchange (RFC 8693), or client credentials (RFC 6749 §4.4)."""

    grant_type: str
    subject_token: str | None = None
    """A user token, a receipt, or a token of this service."""
    subject_token_type: str | None = None
    actor_token: str | None = None
    actor_token_type: str | None = None
    requested_token_type: str | None = None
    resource: str | None = None
    """The URI of the one service that the token is for (RFC 8707)."""
    audience: str | None = None
    scope: str | None = None
    """Permissions, as a plain alternative to `actions` in the details."""
    authorization_details: str | None = None
    """JSON: which role on which resource (RFC 9396)."""


class TokenAnswer(_Open):
    """The token that was issued (RFC 8693 §2.2.1, RFC 9396 §7)."""

    access_token: str
    issued_token_type: str | None = None
    token_type: Literal["Bearer", "DPoP"]
    expires_in: int = Field(ge=1)
    authorization_details: list[dict[str, Any]] | None = None
    scope: str | None = None


class IntrospectionForm(_ByClient):
    """A question about a token (RFC 7662 §2.1)."""

    token: str
    token_type_hint: str | None = None


class IntrospectionAnswer(_Open):
    """The live truth about a token (RFC 7662 §2.2); of an inactive one `active` is all."""

    active: bool
    token_type: str | None = None
    iss: str | None = None
    sub: str | None = None
    aud: str | None = None
    client_id: str | None = None
    iat: int | None = None
    nbf: int | None = None
    exp: int | None = None
    jti: str | None = None
    org_id: str | None = None
    act: dict[str, Any] | None = None
    authorization_details: list[dict[str, Any]] | None = None
    scope: str | None = None
    cnf: dict[str, Any] | None = None
    revision: int | None = None


class RevocationForm(IntrospectionForm):
    """What an agent gives up (RFC 7009 §2.1)."""


class Nothing(_Open):
    """An empty object."""


class KeySet(_Open):
    """Public keys (RFC 7517 §5)."""

    keys: list[dict[str, Any]]


class ServerMetadata(_Open):
    """What this authorization server is (RFC 8414 §2)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    introspection_endpoint: str
    revocation_endpoint: str
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]


class DecisionPointMetadata(_Open):
    """Where this policy decision point answers (AuthZEN 1.0)."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_subject_endpoint: str
    search_resource_endpoint: str
    search_action_endpoint: str


class Decision(_Open):
    """Whether the subject may (AuthZEN 1.0), and in `context` what proves it or which term denied."""

    decision: bool
    context: dict[str, Any]


class DevelopmentToken(_Open):
    """A user token of the development identity provider."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
