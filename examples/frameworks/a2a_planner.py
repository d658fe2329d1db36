"""A2A, the agent that asks: it passes on a part of what it may do, to another agent for one task, and ends it then.

PLANNER_SECRET=... USER_TOKEN=... python examples/frameworks/a2a_planner.py --researcher http://127.0.0.1:8402
"""

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx2
from a2a.client import AuthInterceptor, Client, ClientCallContext, CredentialService, create_client
from a2a.helpers import get_message_text, new_text_message
from a2a.types import Role, SendMessageRequest
from typing_extensions import override

from delegation.client import AgentClient, Child, Passed, UserToken, Wanted
from examples.frameworks.story import Given, address, given, outcome

PASSED_ON: Final[Child] = {
    "organization": "acme",
    "agent": "researcher",
    "resource": "app:storefront",
    "roles": ["app-viewer"],
    "lifetime": timedelta(minutes=5),
    "unattended": True,
    "purpose": "Look into the roadmap",
}


@dataclass(frozen=True)
class CallersToken(CredentialService):
    """Says to researcher who asks and for whom, by a token which is good there alone and reaches no more."""

    agent: AgentClient = field(repr=False)
    user: UserToken
    researcher: str

    @override
    async def get_credentials(self, security_scheme_name: str, context: ClientCallContext | None) -> str | None:
        token = await self.agent.token(
            self.user,
            resource=self.researcher,
            organization="acme",
            identifier="app:storefront",
            roles=["app-viewer"],
        )
        return token.value


async def ask(researcher: Client, task: str, passed: Passed) -> str:
    """Return what researcher answers; what it was passed goes along in a header, not in the message."""
    receipt = passed.receipt.text if passed.receipt else ""
    request = SendMessageRequest(message=new_text_message(task, role=Role.ROLE_USER))
    context = ClientCallContext(service_parameters={"Delegation-Receipt": receipt})
    async for answer in researcher.send_message(request, context=context):
        return get_message_text(answer.message)
    return "no answer"


async def edit(planner: AgentClient, at: Given, http: httpx2.AsyncClient) -> tuple[str, str]:
    """Return how it went to edit a document, and by which delegation."""
    wanted: Wanted = {
        "resource": at.documents,
        "organization": "acme",
        "identifier": "app:storefront",
        "roles": ["app-editor"],
        "actions": ["document:edit"],
    }
    roadmap = address(at.documents, "storefront", "roadmap")
    response = await http.put(roadmap, content="Ship in May", auth=planner.auth(at.user, **wanted))
    token = await planner.token(at.user, **wanted)
    return outcome(response), token.delegation or ""


async def story(at: Given) -> int:
    """Return 0 if researcher reads what was passed on to it, is refused the rest, and everything once that is ended."""
    async with httpx2.AsyncClient() as http, AgentClient(at.issuer, "planner", secret=at.secret("planner")) as planner:
        edited, mine = await edit(planner, at, http)
        passed = await planner.delegate(mine, **PASSED_ON)
        caller = AuthInterceptor(CallersToken(planner, at.user, at.researcher))
        async with await create_client(at.researcher, interceptors=[caller]) as researcher:
            read = await ask(researcher, "storefront roadmap", passed)
            beyond = await ask(researcher, "billing roadmap", passed)
            await planner.end(passed.delegation, organization="acme")
            ended = await ask(researcher, "storefront roadmap", passed)
    print(f"planner edits app:storefront: {edited}")
    print(f"researcher reads app:storefront: {read}")
    print(f"researcher reads app:billing: {beyond}")
    print(f"researcher reads app:storefront when planner has ended it: {ended}")
    begins = [answer.partition(":")[0] for answer in (edited, read, beyond, ended)]
    return 0 if begins == ["done", "done", "refused", "refused"] else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(story(given())))
