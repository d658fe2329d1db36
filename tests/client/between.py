"""The service itself on a real socket, and what stands between it and its clients: there things go wrong on purpose."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from delegation.client import AgentClient, ClientSettings, Receipt, ServiceClient, Wanted
from tests.client.samples import Pauses
from tests.client.serving import Stage, serving
from tests.clock import Clock
from tests.end_to_end.deployment import DOCUMENTS, running
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.ports import free_port

APOLLO: Final[Wanted] = {"resource": DOCUMENTS, "identifier": "project:apollo", "roles": ["project-editor"]}


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one question: it waits, reaches the service or not, and is answered wrong or in part."""

    answer: Response | None = None
    """Given in the service's place."""
    is_torn: bool = False
    """Whether the service's answer breaks off in the middle."""
    until: asyncio.Event | None = None
    """For what it waits before anything happens."""


@dataclass(slots=True)
class Between:
    """Hands every question on, or lets it go wrong as it was told; metadata is always handed on."""

    behind: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)
    """The paths of the questions that arrived, metadata left out."""
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question."""
        request = Request(scope, receive)
        fault = Fault()
        if not request.url.path.startswith("/.well-known/"):
            self.seen.append(request.url.path)
            fault = self.faults.popleft() if self.faults else fault
        if fault.until is not None:
            waits = [asyncio.create_task(event.wait()) for event in (fault.until, self.is_over)]
            _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in left:
                wait.cancel()
        answer = fault.answer or await self._handed_on(request)
        if fault.is_torn:
            await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
            await send({"type": "http.response.body", "body": bytes(answer.body)[:20], "more_body": True})
            raise ConnectionResetError
        await answer(scope, receive, send)

    async def _handed_on(self, request: Request) -> Response:
        async with httpx2.AsyncClient(base_url=self.behind) as http:
            answer = await http.request(
                request.method, request.url.path, headers=request.headers.raw, content=await request.body()
            )
        apart = {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"}
        headers = {name: value for name, value in answer.headers.items() if name not in apart}
        return Response(answer.content, answer.status_code, headers)


@dataclass(slots=True)
class House:
    """A deployment that is reached through what stands between, with one organization in it."""

    directory: Path
    clock: Clock = field(default_factory=Clock)
    port: int = field(default_factory=free_port)
    between: Between = field(default_factory=Between)
    tenant: Tenant = field(init=False)

    @property
    def address(self) -> str:
        """Where clients find the service."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[Self]:
        """Let it be reached until the end of the block."""
        stage, self.between.is_over = Stage(), asyncio.Event()
        async with serving(lambda _: stage, self.port):
            stage.playing = self.between
            try:
                yield self
            finally:
                # What still waits would keep the server from its end.
                self.between.is_over.set()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve until the end of the block; opened again, it is the same service restarted."""
        with running(self.directory, self.clock, issuer=self.address) as deployment:
            self.between.behind = str(deployment.http.base_url)
            if hasattr(self, "tenant"):
                self.tenant = replace(self.tenant, house=deployment)
            else:
                self.tenant = found(deployment, "acme", documents_service(deployment))
            yield

    def granted(self, **changed: Any) -> tuple[str, Receipt]:
        """Let Anne let the planner edit beneath apollo; returns the delegation and its receipt."""
        made = self.tenant.grant(unattended=True, **changed)
        return made["id"], Receipt(made["receipt"])

    def settings(self, **changed: Any) -> ClientSettings:
        """Return settings under the service's clock, whose pauses cost no time."""
        return ClientSettings(**{"clock": self.clock, "sleep": Pauses(), **changed})

    @asynccontextmanager
    async def agent(self, *, dpop: bool = False, **changed: Any) -> AsyncIterator[AgentClient]:
        """Give the planner's client."""
        planner = self.tenant.planner
        settings = self.settings(**changed)
        async with AgentClient(
            self.address, planner.id, secret=planner.secret, key=planner.key, dpop=dpop, settings=settings
        ) as agent:
            yield agent

    def documents(self) -> ServiceClient:
        """Return the client of the service for documents."""
        service = self.tenant.documents
        return ServiceClient(
            self.address, service.id, client_secret=service.secret, audience=DOCUMENTS, settings=self.settings()
        )
