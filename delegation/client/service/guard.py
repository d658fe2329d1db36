"""The guard of a service: who may come in with a request, and whether whoever came in may do it."""

import logging
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from delegation.client.errors import ClientError
from delegation.client.issuer.dpop import HEADER, SCHEME
from delegation.client.service.answers import Allowed, Answer, Denied
from delegation.client.service.asgi import Scope
from delegation.client.service.challenge import (
    BEARER,
    AccessRefused,
    Challenge,
    bad_proof,
    bad_token,
    beyond_rights,
    cannot_tell,
    nonce_wanted,
)
from delegation.client.service.deciding import Decider, Verifier
from delegation.client.service.delegated_caller import DelegatedCaller
from delegation.client.service.presentation import fields, presented, scheme_in
from delegation.client.service.proof_check import NonceWanted, ProofCheck
from delegation.client.service.proof_reading import BadProof, Proof

CALLER: Final = "delegation"  # in the request's state
GUARD: Final = "delegation.guard"  # in the scope

_log = logging.getLogger("delegation.client")


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in by `verifier`, decides by `decider`, and refuses in challenges that name the `metadata` (RFC 9728)."""

    decider: Decider
    verifier: Verifier
    dpop: ProofCheck | None = None
    metadata: str | None = None
    """Where the protected resource's metadata is published."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """In which a token may be presented."""
        return (BEARER,) if self.dpop is None else (BEARER, SCHEME)

    async def admit(self, scope: Scope) -> DelegatedCaller:
        """Return who calls; raises AccessRefused."""
        realm = self.verifier.audience
        token = presented(scope, realm, self.schemes)
        proof = None if self.dpop is None or scheme_in(scope) == BEARER else self._proved(self.dpop, scope, token)
        try:
            caller = await self.verifier.verify(token, key=None if proof is None else proof.key)
            # Only what comes with a good token is remembered: nobody else can fill the memory.
            is_new = caller is None or proof is None or await self._is_first(proof)
        except ClientError as error:
            _log.error("a token could not be verified: %s", error)
            raise AccessRefused(cannot_tell()) from None
        if caller is None:
            raise AccessRefused(bad_token(realm))
        if not is_new:
            raise AccessRefused(bad_proof(realm, "the proof was used before; make a new one for each request"))
        return caller

    async def demand(self, caller: DelegatedCaller, permission: str, resource: str) -> None:
        """Return if the caller has the permission on the resource (`type:id`) now; raises AccessRefused."""
        try:
            answer = await self.decider.evaluate(caller, permission, resource)
        except ClientError as error:
            _log.error("a permission could not be evaluated: %s", error)
            raise AccessRefused(cannot_tell()) from None
        self._insist(answer, permission, resource)

    def challenge(self, refused: AccessRefused, scope: Scope) -> Challenge:
        """Return the answer to a request that is refused, in the scheme in which it came."""
        scheme = scheme_in(scope)
        known = scheme if scheme in self.schemes else BEARER
        return replace(refused.challenge, scheme=known, offered=self.schemes, metadata=self.metadata)

    def _insist(self, answer: Answer, permission: str, resource: str) -> None:
        match answer:
            case Allowed():
                return
            case Denied(failing={"term": "status"}):
                # The token ended between its verification and this question.
                raise AccessRefused(bad_token(self.decider.audience))
            case Denied():
                raise AccessRefused(beyond_rights(self.decider.audience, (permission, resource), answer))

    def _proved(self, dpop: ProofCheck, scope: Scope, token: str) -> Proof:
        """Return what the request's proof shows; raises AccessRefused."""
        realm = self.verifier.audience
        proofs = [value.decode("latin-1") for value in fields(scope, HEADER.lower().encode())]
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        try:
            return dpop.read(proofs, scope["method"], path.decode("latin-1"), token, now=self.verifier.settings.clock())
        except BadProof as error:
            raise AccessRefused(bad_proof(realm, str(error))) from None
        except NonceWanted as wanted:
            raise AccessRefused(nonce_wanted(realm, wanted.nonce)) from None

    async def _is_first(self, proof: Proof) -> bool:
        return self.dpop is not None and await self.dpop.is_first(proof, self.verifier.settings.clock())


def guarded(scope: MutableMapping[str, Any]) -> tuple[DelegatedCaller, Guard]:
    """Return who calls, and the guard that let them in; raises LookupError where none did."""
    match scope.get("state", {}).get(CALLER), scope.get(GUARD):
        case DelegatedCaller() as caller, Guard() as guard:
            return caller, guard
        case _:
            raise LookupError("`require` and `demand` work within `DelegatedAccess` only")
