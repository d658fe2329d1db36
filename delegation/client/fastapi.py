"""Delegated tokens as dependencies of FastAPI: who calls, and what a route demands.

access = DelegatedDependencies(service)
access.install(app)

@app.put("/apps/{app}/document")
async def edit(app: str, caller: Annotated[DelegatedCaller, Depends(access.require("document:edit", on="app:{app}"))]):
...
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, cast

from delegation.client.service.challenge import AccessRefused
from delegation.client.service.deciding import Decider, Verifier
from delegation.client.service.delegated_caller import DelegatedCaller
from delegation.client.service.guard import CALLER, GUARD, Guard
from delegation.client.service.middleware import Access, guard_of
from delegation.client.service.proof_check import ProofCheck
from delegation.client.service.resource_metadata import ResourceMetadata

try:
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security.base import SecurityBase
except ModuleNotFoundError as missing:  # pragma: no cover - the environment of the tests has it
    raise ImportError(
        '`delegation.client.fastapi` needs FastAPI: pip install "delegation-service[fastapi]"'
    ) from missing

Named = Callable[[Request], str]
Endpoint = Callable[[Request], Awaitable[Response]]
_SCHEME: Final = "DelegatedToken"
_ABOUT: Final = "An access token that lets an agent do one thing, in one place, for one user (`at+jwt`)."


class DelegatedDependencies:
    """What routes depend on: the caller, and the permissions that they demand. The arguments are `DelegatedAccess`'s.

    Once it is installed, whoever is refused gets the answers of `DelegatedAccess`; without that, an answer of 500.
    """

    def __init__(
        self,
        service: Access | Decider,
        *,
        verifier: Verifier | None = None,
        dpop: ProofCheck | None = None,
        metadata: ResourceMetadata | None = None,
    ) -> None:
        """Raise TypeError where `service` verifies no tokens and there is no `verifier`."""
        self._guard = guard_of(service, verifier, dpop, metadata)
        self._metadata = metadata
        self.caller = Caller(self._guard)
        """The dependency that returns the `DelegatedCaller`; a request is verified once, however many depend on it."""

    def require(self, permission: str, *, on: str | Named) -> Callable[..., Awaitable[DelegatedCaller]]:
        """Return a dependency: the caller, who has the permission on the resource at this moment.

        `on` names the resource from the parameters of the path (`app:{app}`), or is a function of the request. It gets
        a parameter as it was sent, but for what the path itself converts: write `/apps/{app:int}` where the endpoint
        takes a number, since `07` is another resource than the `7` that it would get.
        """
        named: Named = on if callable(on) else _filled(on)
        known = self.caller

        async def required(request: Request, caller: Annotated[DelegatedCaller, Depends(known)]) -> DelegatedCaller:
            await self._guard.demand(caller, permission, named(request))
            return caller

        return required

    def install(self, app: FastAPI) -> None:
        """Let the application answer whoever is refused, and publish the metadata of the resource if there are any.

        An application that is mounted in another answers for itself: install them there too.
        """
        app.add_exception_handler(AccessRefused, self._answer)
        if self._metadata is not None:
            told = cast("Endpoint", self._metadata)  # Starlette takes an ASGI application for an endpoint.
            app.router.add_route(self._metadata.path, told, include_in_schema=False)

    async def _answer(self, request: Request, refused: Exception) -> Response:
        if not isinstance(refused, AccessRefused):
            raise refused
        guard: Guard = request.scope.get(GUARD, self._guard)
        challenge = guard.challenge(refused, request.scope)
        body = challenge.body()
        response = Response(body, challenge.status.value)
        response.raw_headers = challenge.headers(len(body))
        return response


class Caller(SecurityBase):
    """The dependency that lets nobody in but the bearer of a good token."""

    def __init__(self, guard: Guard) -> None:
        """Let in by a guard."""
        self.model = HTTPBearer(bearerFormat="JWT", description=_ABOUT)
        self.scheme_name = _SCHEME
        self._guard = guard

    async def __call__(self, request: Request) -> DelegatedCaller:
        """Return who calls; raises AccessRefused."""
        state, around = request.scope.setdefault("state", {}), request.scope.get(GUARD)
        # A refusal is told by the guard that refuses, and `demand` works in the endpoint.
        request.scope[GUARD] = self._guard
        if not isinstance(around, Guard) or around.verifier is not self._guard.verifier:
            state.pop(CALLER, None)  # Whoever another verifier let in is nobody here.
        if CALLER not in state:
            state[CALLER] = await self._guard.admit(request.scope)
        # Else the same verifier let the caller in before; a proof cannot be used a second time.
        caller: DelegatedCaller = state[CALLER]
        return caller


def _filled(template: str) -> Named:
    return lambda request: template.format_map(request.path_params)
