"""What a token of ours presents to the authority: its user, chain and bounds."""

from authz_core import Holding, parse_object
from delegation.authority.bounds import Bound
from delegation.authority.effective import Presented
from delegation.authority.prepared import prepared
from delegation.tokens import AccessToken, Ancestor


@prepared
def presented_by(token: AccessToken) -> Presented:
    """Return what the bearer of an access token stands on.

    The token's own bound is what was asked, so that a right the user regains counts again; those of every
    token it was derived from count beside it.
    """
    not_before, expires_at = int(token.not_before.timestamp()), int(token.expires_at.timestamp())
    return Presented(
        user=token.subject,
        agent=token.client_id,
        delegation=token.details.delegation_id,
        bounds=(own_bound(token), *(bound_of(ancestor) for ancestor in token.ancestors)),
        tokens=frozenset({token.jti, *(a.jti for a in token.ancestors if a.jti is not None)}),
        not_before=not_before,
        expires_at=expires_at,
    )


def own_bound(token: AccessToken) -> Bound:
    """Return what was asked for a token: the bound that it puts on itself and on what is derived from it."""
    not_before, expires_at = int(token.not_before.timestamp()), int(token.expires_at.timestamp())
    holding = Holding(parse_object(token.details.identifier), frozenset(token.details.privileges))
    return Bound(holding, token.asked, not_before, expires_at)


def bound_of(ancestor: Ancestor) -> Bound:
    """Return the bound that a token's ancestor puts on it; its times are in the token's own."""
    if ancestor.identifier is None:
        return Bound(None, ancestor.actions)
    return Bound(Holding(parse_object(ancestor.identifier), frozenset(ancestor.privileges)), ancestor.actions)
