"""The SDK's access token: who calls, in the members of an introspection answer (RFC 7662 §2.2)."""

from typing import Any

from mcp.server.auth.provider import AccessToken

from delegation.client.service.delegated_caller import DelegatedCaller, Meant, caller_in


def access_token_of(caller: DelegatedCaller, issuer: str, audience: str) -> AccessToken:
    """Return the token of a caller whose issuer and audience were checked.

    The SDK ties a connection to agent, issuer and user, and knows by `resource` that the token is for this server.
    `scopes` are the permissions that the token has at its identifier now.
    """
    claims: dict[str, Any] = {
        "active": True,
        "iss": issuer,
        "aud": audience,
        "sub": caller.subject,
        "client_id": caller.actor,
        "act": _chain([caller.actor, *caller.earlier_actors]),
        "org_id": caller.organization,
        "authorization_details": [dict(entry) for entry in caller.details],
        "exp": caller.expires_at,
        "token_type": "Bearer",
        "revision": caller.revision,
    }
    return AccessToken(
        token=caller.token,
        client_id=caller.actor,
        scopes=sorted(permissions_of(caller)),
        expires_at=caller.expires_at,
        resource=audience,
        subject=caller.subject,
        claims=claims,
    )


def caller_of(token: AccessToken, meant: Meant) -> DelegatedCaller | None:
    """Return who calls with a token of the SDK's; None if it is not good here.

    Whatever verifier put the members of an introspection answer into `claims` will do; raises UnexpectedAnswer where
    they are others.
    """
    return caller_in(token.claims or {}, token.token, meant)


def permissions_of(caller: DelegatedCaller) -> frozenset[str]:
    """Return what a caller's token allows at its identifier."""
    told = [entry.get("actions") for entry in caller.details]
    return frozenset(str(action) for actions in told if isinstance(actions, list) for action in actions)


def _chain(actors: list[str]) -> dict[str, Any]:
    [latest, *earlier] = actors
    return {"sub": latest, "act": _chain(earlier)} if earlier else {"sub": latest}
