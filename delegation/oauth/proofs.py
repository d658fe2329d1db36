"""Proof of possession at the token endpoint: a key proved with the request binds the token (RFC 9449 §5)."""

from dataclasses import replace
from typing import Final

from delegation.oauth.errors import InvalidProof, UseNonce
from delegation.oauth.headers import Headers
from delegation.oauth.request import Request
from delegation.state.entities import Agent, Service
from delegation.store import Claim
from delegation.tokens import LONGEST_AGE, SKEW, InvalidToken, read_proof

HEADER: Final = "DPoP"
NONCE: Final = "DPoP-Nonce"
PROOF: Final = "dpop"
"""The purpose under which a proof is used up."""


def proofs_in(headers: Headers) -> list[str]:
    """Return the values of all headers that hold a proof."""
    return headers.getlist(HEADER)


def prove_possession(request: Request, party: Agent | Service) -> None:
    """Let the request stand for the key that it proves, and use the proof up with the request's unit of work.

    Raises InvalidProof, UseNonce where the proof lacks a nonce of ours. Neither uses up what authenticated the client:
    it may send the same assertion again. A service gets no token, so that nothing is asked of it.
    """
    if not isinstance(party, Agent):
        return
    found, context = proofs_in(request.headers), request.context
    if not found:
        if party.dpop_bound:
            raise _kept(request, "this agent gets tokens bound to a key alone: send a proof of it")  # RFC 9449 §5.2
        return
    if len(found) > 1:
        raise _kept(request, "send one DPoP header, not several")
    try:
        proof = read_proof(found[0], method="POST", url=f"{context.terms.issuer}/token", now=context.now)
    except InvalidToken as error:
        raise _kept(request, f"the proof is not acceptable: {error}") from error
    if not context.means.nonces.knows(proof.nonce, context.now):
        request.give_back()
        raise UseNonce("send a new proof with the nonce of this answer")
    request.refuse_if_old(proof.issued_at)
    until = proof.issued_at + LONGEST_AGE + SKEW
    request.claim(Claim(PROOF, proof.once, int(until.timestamp()) + 1))
    request.context = replace(context, key=proof.thumbprint)


def _kept(request: Request, why: str) -> InvalidProof:
    request.give_back()
    request.record("token.refused", "refused", None, error=InvalidProof.code, reason=why)
    return InvalidProof(why)
