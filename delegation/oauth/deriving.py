"""Deriving: what a token says of those that it comes from, so that it is never worth more than any of them.

An ancestor is named, so that revoking it ends what was derived from it, and its bound goes along as far as the token's
own bound does not imply it: what is asked lies within what was asked for the ancestor, so its permissions need no copy.
"""

from delegation.oauth.covering import Asked
from delegation.oauth.errors import InvalidDetails, InvalidRequest
from delegation.oauth.subjects import Subject
from delegation.tokens import MAX_ANCESTORS, AccessToken, Ancestor


def ancestors_of(subject: Subject, asked: Asked) -> tuple[Ancestor, ...]:
    """Return the tokens that what is asked comes from. Raises ProtocolError where nothing is left, or too many are."""
    if subject.derived_from is not None:
        found = _line(subject.derived_from)
    elif subject.details is not None:
        details = subject.details
        privileges = tuple(sorted(details.privileges))
        found = (Ancestor(subject.jti, details.identifier, privileges, details.actions, details.location),)
    else:
        return ()
    needed = tuple(kept for ancestor in found if (kept := _needed(ancestor, asked)) is not None)
    if len(needed) > MAX_ANCESTORS:
        # Left out, one of them could no longer bound or end the token.
        raise InvalidRequest(f"a token comes from {MAX_ANCESTORS} others at most; begin with an earlier one")
    return needed


def _line(token: AccessToken) -> tuple[Ancestor, ...]:
    """Return a token of ours as an ancestor, before those that it has itself."""
    grant = token.details
    return (Ancestor(token.jti, grant.identifier, tuple(sorted(grant.privileges)), None), *token.ancestors)


def _needed(ancestor: Ancestor, asked: Asked) -> Ancestor | None:
    """Return of an ancestor what the token's own bound does not imply; None where that is nothing.

    Raises InvalidDetails where the ancestor lets nothing of what is asked through.
    """
    here = (ancestor.identifier, frozenset(ancestor.privileges)) == (asked.identifier, asked.privileges)
    # What was not asked is beyond the token's own bound already.
    actions = None if ancestor.actions is None else ancestor.actions & asked.permissions
    if actions is not None and not actions:
        raise InvalidDetails("the subject token is restricted to other permissions")
    if actions == asked.permissions:
        actions = None
    if here and actions is None and ancestor.jti is None and ancestor.location is None:
        return None
    return Ancestor(
        jti=ancestor.jti,
        identifier=None if here else ancestor.identifier,
        privileges=() if here else ancestor.privileges,
        actions=actions,
        location=ancestor.location,
    )
