"""Several requests that are on their way when a nonce is asked for: each of them is sent again with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import httpx2
import pytest
from joserfc.jwk import ECKey
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from delegation.client import AgentClient, ClientSettings, DelegatedAccess, ProofCheck, ServiceClient, UserToken
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import Documents
from tests.client.samples import AUDIENCE, SECRET
from tests.client.serving import Stage
from tests.conformance import rfc

pytestmark = pytest.mark.anyio

KEY: Final = ECKey.generate_key("P-256")
SENDERS: Final = 3
ALL: Final = range(SENDERS)


@dataclass(slots=True)
class Together:
    """Lets no request to a path through before as many have come as are sent at once."""

    app: ASGIApp
    path: str
    come: int = 0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer once all are here."""
        if scope["path"] == self.path:
            self.come += 1
            if self.come == SENDERS:
                self.complete.set()
            await self.complete.wait()
        await self.app(scope, receive, send)


@pytest.fixture
async def bound(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[AgentClient]:
    """An agent that binds its tokens to a key it was given."""
    async with AgentClient(server.issuer, "planner", secret=SECRET, dpop=KEY, settings=settings) as agent:
        yield agent


@rfc("9449", "8.2", "newest-nonce")
async def test_tokens_that_are_asked_for_at_once_are_all_given(
    bound: AgentClient, server: AuthorizationServer, stage: Stage
) -> None:
    """Whichever answer brings the nonce first, no request is given up for its having been brought before."""
    server.nonce, gate = "nonce-1", Together(server.application(), "/token")
    stage.playing = gate
    wanted = (
        bound.token(UserToken(f"user-{number}"), resource=AUDIENCE, identifier="project:apollo", roles=["editor"])
        for number in ALL
    )
    tokens = await asyncio.gather(*wanted)
    assert len({token.value for token in tokens}) == SENDERS
    assert gate.come == 2 * SENDERS


@rfc("9449", "9", "nonce-of-a-service")
async def test_requests_that_are_sent_at_once_all_get_in(
    bound: AgentClient, server: AuthorizationServer, second_stage: Stage, service: ServiceClient
) -> None:
    """A service that demands nonces lets in all that an agent sends at the same time."""
    server.introspection = live(server.issuer, AUDIENCE, token_type="DPoP", cnf={"jkt": KEY.thumbprint()})
    check = ProofCheck(second_stage.address, nonce_key=b"a key that all processes share...")
    guarded = Documents().application(Middleware(DelegatedAccess, service=service, dpop=check))
    gate = second_stage.playing = Together(guarded, "/who")
    auth = bound.auth(
        UserToken("anne"), origin=second_stage.address, resource=AUDIENCE, identifier="project:apollo", roles=["editor"]
    )
    async with httpx2.AsyncClient(auth=auth, base_url=second_stage.address) as http:
        answers = await asyncio.gather(*(http.get("/who") for _ in ALL))
    assert [answer.status_code for answer in answers] == [200] * SENDERS
    assert gate.come == 2 * SENDERS
