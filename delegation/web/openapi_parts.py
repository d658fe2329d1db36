"""The parts of the OpenAPI document that belong to no single route: callers' credentials, headers, words for paths."""

from collections.abc import Mapping
from typing import Any, Final

PATH_WORDS: Final[Mapping[str, str]] = {
    "organization": "The id of an organization.",
    "user": "The id of a user.",
    "group": "The id of a group of the organization.",
    "member": "A member: `user:...`, `agent:...`, or `group:...#member` for the members of another group.",
    "resource": "A resource of the organization, `type:id`.",
    "agent": "The id of an agent.",
    "service": "The id of a service.",
    "slug": "The name of what is defined.",
    "id": "The id of the thing.",
}

HEADERS: Final[Mapping[str, Any]] = {
    "X-Request-ID": {
        "description": "The request's own `X-Request-ID` if it was harmless, else a new one; the log has it too.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 9110 §11.6.1).",
        "required": True,
        "schema": {"type": "string"},
    },
    "DPoP-Nonce": {
        "description": "Where the request had a proof: the nonce for the next one (RFC 9449 §8).",
        "schema": {"type": "string", "pattern": "^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$"},
    },
    "Retry-After": {
        "description": "Seconds after which to send the request again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}

PARAMETERS: Final[Mapping[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A new one for each new request: a repetition under it has the first answer, for 24 hours.",
        "schema": {"type": "string", "maxLength": 255},
    },
    "DPoP": {
        "name": "DPoP",
        "in": "header",
        "description": "A proof of the key that the token is to be bound to (RFC 9449 §5); once, and with a nonce.",
        "schema": {"type": "string"},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`max-staleness=SECONDS`: how old the facts of the answer may be (RFC 7240).",
        "schema": {"type": "string", "examples": ["max-staleness=5"]},
    },
}


def security_schemes(issuer: str) -> dict[str, Any]:
    """Return how each kind of caller proves who it is."""
    return {
        "client": {
            "type": "http",
            "scheme": "basic",
            "description": "An agent or a service by its id and secret, each form-encoded (RFC 6749 §2.3.1).",
        },
        "assertion": {
            "type": "oauth2",
            "description": "An agent by a JWT that it signed, as `client_assertion` in the body (RFC 7523 §2.2).",
            "flows": {"clientCredentials": {"tokenUrl": f"{issuer}/token", "scopes": {}}},
        },
        "dpop": {
            "type": "http",
            "scheme": "DPoP",
            "description": "A token bound to a key, at a service, beside a proof of that key (RFC 9449 §7.1).",
        },
        "person": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A user by a token of a trusted identity provider whose only audience is "
            f"`{issuer}/delegations`.",
        },
        "administrator": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"An administrator by a token of a trusted identity provider whose only audience is "
            f"`{issuer}/management`.",
        },
        "bootstrap": {
            "type": "http",
            "scheme": "bearer",
            "description": "The bootstrap administrator by the secret of the deployment.",
        },
    }
