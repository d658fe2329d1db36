"""ASGI middleware that lets nobody in but delegated tokens that are live at this moment."""

import logging
import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from delegation.client.asgi import Application, Receive, Scope, Send, WatchedSend, answer_with
from delegation.client.challenge import (
    BEARER,
    AccessRefused,
    bad_proof,
    bad_token,
    cannot_tell,
    malformed,
    no_token,
    nonce_wanted,
)
from delegation.client.delegated_caller import DelegatedCaller
from delegation.client.dpop import HEADER, SCHEME
from delegation.client.errors import ClientError
from delegation.client.proof_check import NonceWanted, ProofCheck
from delegation.client.proof_reading import BadProof, Proof
from delegation.client.service import ServiceClient

CALLER: Final = "delegation"  # in the request's state
SERVICE: Final = "delegation.service"  # in the scope

_log = logging.getLogger("delegation.client")
_TOKEN: Final = re.compile(rb"[A-Za-z]+ +([A-Za-z0-9._~+/-]+=*)")  # RFC 6750 §2.1, RFC 9449 §7.1
_IN_QUERY: Final = re.compile(rb"(^|&)access_token=")
_LONGEST_TOKEN: Final = 16 * 1024
_POLICY_VIOLATION: Final = 1008


class DelegatedAccess:
    """Authenticates every request by introspection and answers for `require` within.

    Inside, `request.state.delegation` is the `DelegatedCaller`. Whoever has no good token gets 401,
    a malformed attempt 400, and nobody gets in while the authorization service cannot be asked
    (503). Websockets are refused.

    With `dpop`, tokens bound to a key are let in beside a proof of that key for this request, and nowhere without one;
    tokens that are bound to none are let in as before (RFC 9449 §7). Without it, no bound token is let in.
    """

    def __init__(self, app: Application, *, service: ServiceClient, dpop: ProofCheck | None = None) -> None:
        self._app = app
        self._service = service
        self._dpop = dpop
        self._schemes = (BEARER,) if dpop is None else (BEARER, SCHEME)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        match scope["type"]:
            case "http":
                await self._guard(scope, receive, WatchedSend(send))
            case "lifespan":
                await self._app(scope, receive, send)
            case _:
                await receive()
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    async def _guard(self, scope: Scope, receive: Receive, send: WatchedSend) -> None:
        try:
            caller = await self._admit(scope)
            scope.setdefault("state", {})[CALLER] = caller
            scope[SERVICE] = self._service
            await self._app(scope, receive, send)
        except AccessRefused as refused:
            if send.has_begun:
                raise
            scheme = _scheme_in(scope)
            known = scheme if scheme in self._schemes else BEARER
            await answer_with(replace(refused.challenge, scheme=known, offered=self._schemes), send)

    async def _admit(self, scope: Scope) -> DelegatedCaller:
        """Return who calls; raises AccessRefused."""
        token, realm = _presented(scope, self._service.audience, self._schemes), self._service.audience
        proof = None if _scheme_in(scope) == BEARER else self._proved(scope, token)
        try:
            caller = await self._service.introspect(token, key=None if proof is None else proof.key)
            # Only what comes with a good token is remembered: nobody else can fill the memory.
            is_new = caller is None or proof is None or await self._is_first(proof)
        except ClientError as error:
            _log.error("a token could not be introspected: %s", error)
            raise AccessRefused(cannot_tell()) from None
        if caller is None:
            raise AccessRefused(bad_token(realm))
        if not is_new:
            raise AccessRefused(bad_proof(realm, "the proof was used before; make a new one for each request"))
        return caller

    def _proved(self, scope: Scope, token: str) -> Proof | None:
        """Return what the request's proof shows; raises AccessRefused."""
        if self._dpop is None:
            return None
        proofs = [value.decode("latin-1") for name, value in scope["headers"] if name == HEADER.lower().encode()]
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        now = self._service.settings.clock()
        try:
            return self._dpop.read(proofs, scope["method"], path.decode("latin-1"), token, now=now)
        except BadProof as error:
            raise AccessRefused(bad_proof(self._service.audience, str(error))) from None
        except NonceWanted as wanted:
            raise AccessRefused(nonce_wanted(self._service.audience, wanted.nonce)) from None

    async def _is_first(self, proof: Proof) -> bool:
        return self._dpop is not None and await self._dpop.is_first(proof, self._service.settings.clock())


def _scheme_in(scope: Scope) -> str:
    """Return the scheme in which a request presents what it presents, in its usual spelling."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    said = values[0].split(b" ")[0].lower() if values else b""
    return {b"bearer": BEARER, b"dpop": SCHEME}.get(said, "")


def _presented(scope: Scope, realm: str, schemes: tuple[str, ...]) -> str:
    """Return the one token that the request presents; raises AccessRefused (RFC 6750 §3.1)."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if _IN_QUERY.search(scope.get("query_string", b"")):
        raise AccessRefused(malformed(realm, "a token does not belong in an address"))
    if len(values) > 1:
        raise AccessRefused(malformed(realm, "there is more than one Authorization header"))
    if not values or _scheme_in(scope) not in schemes:
        raise AccessRefused(no_token(realm))
    matched = _TOKEN.fullmatch(values[0])
    if matched is None:
        raise AccessRefused(malformed(realm, "the Authorization header holds no token"))
    if len(matched[1]) > _LONGEST_TOKEN:
        raise AccessRefused(bad_token(realm))
    return matched[1].decode("ascii")
