"""What this authorization server is, for clients that read it (RFC 8414 §2)."""

from typing import Any

from delegation.oauth.clients import AGENT_METHODS, SECRET_METHODS
from delegation.oauth.details import TYPE
from delegation.oauth.exchange_request import CLIENT_CREDENTIALS, GRANT_TYPE
from delegation.tokens import ASSERTION_ALGORITHMS, PROOF_ALGORITHMS


def metadata(issuer: str, permissions: list[str], answers_signed_with: list[str]) -> dict[str, Any]:
    """Return the metadata document: all that is supported and nothing that is not."""
    document = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks.json",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "grant_types_supported": [GRANT_TYPE, CLIENT_CREDENTIALS],
        "scopes_supported": permissions,
        "token_endpoint_auth_methods_supported": list(AGENT_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": sorted(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": list(SECRET_METHODS),
        "introspection_signing_alg_values_supported": answers_signed_with,
        "revocation_endpoint_auth_methods_supported": list(AGENT_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": sorted(ASSERTION_ALGORITHMS),
        "dpop_signing_alg_values_supported": sorted(PROOF_ALGORITHMS),
        "authorization_details_types_supported": [TYPE],
    }
    return {name: value for name, value in document.items() if value != []}  # RFC 8414 §3.2
