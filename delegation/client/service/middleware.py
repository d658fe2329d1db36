"""ASGI middleware that lets nobody in but delegated tokens that are good at this moment."""

from typing import Final, Protocol

from delegation.client.service.asgi import Application, Receive, Scope, Send, WatchedSend
from delegation.client.service.challenge import AccessRefused
from delegation.client.service.deciding import Decider, Verifier
from delegation.client.service.guard import CALLER, GUARD, Guard
from delegation.client.service.proof_check import ProofCheck
from delegation.client.service.resource_metadata import ResourceMetadata

_POLICY_VIOLATION: Final = 1008


class Access(Verifier, Decider, Protocol):
    """What does both: it tells who presents a token, and what they may do."""


class DelegatedAccess:
    """Verifies the token of every request and answers for `require` within.

    Inside, `request.state.delegation` is the `DelegatedCaller`. Whoever has no good token gets 401,
    a malformed attempt 400, and nobody gets in while the authorization service cannot be asked
    (503). Websockets are refused.

    `service` decides: a `ServiceClient` asks the issuer each time. It verifies the tokens too, unless there is another
    `verifier`: then what that one says of a token is believed, and only what is required is asked of `service`.
    With `metadata`, it is answered to everybody at its address, and every refusal names that (RFC 9728 §5.1).
    With `dpop`, tokens bound to a key are let in beside a proof of that key for this request, and nowhere without one;
    tokens that are bound to none are let in as before (RFC 9449 §7). Without it, no bound token is let in.
    """

    def __init__(
        self,
        app: Application,
        *,
        service: Access | Decider,
        verifier: Verifier | None = None,
        dpop: ProofCheck | None = None,
        metadata: ResourceMetadata | None = None,
    ) -> None:
        """Raise TypeError where `service` verifies no tokens and there is no `verifier`."""
        self._app = app
        self._metadata = metadata
        self._guard = guard_of(service, verifier, dpop, metadata)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        match scope["type"]:
            case "http" if self._metadata is not None and scope["path"] == self._metadata.path:
                await self._metadata(scope, receive, send)
            case "http":
                await self._let_in(scope, receive, WatchedSend(send))
            case "lifespan":
                await self._app(scope, receive, send)
            case _:
                await receive()
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    async def _let_in(self, scope: Scope, receive: Receive, send: WatchedSend) -> None:
        try:
            scope.setdefault("state", {})[CALLER] = await self._guard.admit(scope)
            scope[GUARD] = self._guard
            await self._app(scope, receive, send)
        except AccessRefused as refused:
            if send.has_begun:
                raise
            await send.replace(self._guard.challenge(refused, scope))
        finally:
            await send.release()


def guard_of(
    service: Access | Decider, verifier: Verifier | None, dpop: ProofCheck | None, metadata: ResourceMetadata | None
) -> Guard:
    """Return the guard of a service; raises TypeError where nobody would verify tokens, ValueError for a mismatch."""
    known = service if verifier is None else verifier
    if not isinstance(known, Verifier):
        raise TypeError("`service` verifies no tokens: name a `verifier` beside it")
    if service.audience != known.audience:
        raise ValueError("`service` and `verifier` are for different audiences")
    if metadata is not None and metadata.resource != service.audience:
        raise ValueError("`metadata` is of another resource than the audience of `service`")
    return Guard(service, known, dpop, None if metadata is None else metadata.address)
