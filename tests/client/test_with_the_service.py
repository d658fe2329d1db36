"""The client library against the service itself, in a process of its own."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.client import (
    AgentClient,
    Allowed,
    AmbiguousDelegation,
    ConsentRequired,
    DelegatedAccess,
    DelegatedCaller,
    Denied,
    Principal,
    ProofCheck,
    Receipt,
    Refused,
    ReplaysInFile,
    ServiceClient,
    Until,
    UserToken,
    Wanted,
    visible,
)
from delegation.client.sqlalchemy import visible_to
from tests.client.serving import serving
from tests.conformance import rfc
from tests.ports import free_port

pytestmark = pytest.mark.anyio

SEED = Path(__file__).parents[2] / "delegation" / "cli" / "demo.toml"
DOCUMENTS, MAIL = "https://documents.example", "https://mail.example"
APOLLO: Wanted = {
    "resource": DOCUMENTS,
    "organization": "acme",
    "identifier": "project:apollo",
    "roles": ["project-editor"],
}


@dataclass(slots=True)
class Deployment:
    """A service with a directory, and what is needed to speak to it as anybody."""

    data: Path
    port: int
    secrets: dict[str, str]

    @property
    def issuer(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the service until it is ready, and to the end of the block."""
        options = ["--port", str(self.port), "--data", str(self.data), "--seed", str(SEED), "--quiet"]
        command = [sys.executable, "-m", "delegation", "run", *options, "--development-identity-provider"]
        with (self.data.parent / "service.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self._wait(process)
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.issuer}/readyz").is_success:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)
        pytest.fail((self.data.parent / "service.log").read_text())

    def ask(self, method: str, path: str, bearer: str, **body: object) -> dict[str, Any]:
        """Return the members of a successful answer."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        response = httpx2.request(method, f"{self.issuer}{path}", headers=headers, json=body)
        assert response.is_success, response.text
        return dict(response.json())

    def register(self, kind: str, name: str, admission: dict[str, object], **party: object) -> None:
        """Register and admit an agent or a service, and keep its secret."""
        administrator = (self.data / "administrator.secret").read_text()
        made = self.ask("POST", f"/{kind}", administrator, id=name, **party)
        self.ask("PUT", f"/organizations/acme/{kind}/{name}", administrator, **admission)
        self.secrets[name] = made["client_secret"]

    def anne(self, suffix: str = "") -> str:
        """Return a token of Anne's for the service, or for a part of it."""
        made = self.ask("POST", "/development/token", "", user="anne", audience=self.issuer + suffix)
        return str(made["access_token"])

    def grant(self) -> tuple[str, Receipt]:
        """Let the agent edit beneath apollo; returns the delegation and its receipt."""
        made = self.ask(
            "POST",
            "/delegations",
            self.anne("/delegations"),
            organization="acme",
            agent="helper",
            resource="project:apollo",
            roles=["project-editor"],
            expires_in=600,
            unattended=True,
        )
        return made["id"], Receipt(made["receipt"])

    def service(self, name: str, audience: str) -> ServiceClient:
        """Return the client of a registered service."""
        return ServiceClient(self.issuer, name, client_secret=self.secrets[name], audience=audience)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A running service that knows one agent and two services."""
    deployment = Deployment(tmp_path_factory.mktemp("service") / "data", free_port(), {})
    with deployment.running():
        deployment.register("agents", "helper", {"ceiling": "none"}, secret=True)
        deployment.register("services", "documents", {}, audience=DOCUMENTS)
        deployment.register("services", "mail", {}, audience=MAIL)
        yield deployment


@pytest.fixture
def deployment(prepared: Deployment) -> Iterator[Deployment]:
    """The service, in which nothing that a test granted outlives it."""
    yield prepared
    anne = prepared.anne("/delegations")
    for delegation in prepared.ask("GET", "/delegations?organization=acme", anne)["delegations"]:
        prepared.ask("DELETE", f"/delegations/{delegation['id']}?organization=acme", anne)


@pytest.fixture
async def agent(deployment: Deployment) -> AsyncIterator[AgentClient]:
    """The agent, known by its secret."""
    secret = deployment.secrets["helper"]
    async with AgentClient(deployment.issuer, "helper", secret=secret) as agent:
        yield agent


async def test_a_token_tells_its_own_service_who_may_do_what(deployment: Deployment, agent: AgentClient) -> None:
    """What the agent got is what the service learns, and what evaluation allows beneath it and nowhere else."""
    delegation, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    async with deployment.service("documents", DOCUMENTS) as documents:
        caller = await documents.introspect(token.value)
        assert caller is not None
        inside = await documents.evaluate(caller, "document:edit", "app:storefront")
        outside = await documents.evaluate(caller, "document:edit", "app:billing")
        unknown = await documents.evaluate(caller, "document:edit", "app:nowhere")
    assert (caller.subject, caller.actor, caller.organization) == ("anne", "helper", "acme")
    assert token.delegation == delegation == caller.details[0]["delegation_id"]
    assert isinstance(inside, Allowed)
    assert isinstance(outside, Denied)
    assert (outside.failing["term"], outside.failing["delegation_id"]) == ("delegation", delegation)
    assert isinstance(unknown, Denied)


@pytest.fixture
async def bound(deployment: Deployment) -> AsyncIterator[AgentClient]:
    """The agent, with a key that its tokens are bound to."""
    secret = deployment.secrets["helper"]
    async with AgentClient(deployment.issuer, "helper", secret=secret, dpop=True) as agent:
        yield agent


@pytest.mark.threat("29")
@rfc("9449", "7", "proof-with-each-request")
@rfc("9449", "7.1", "all-checks")
@rfc("9449", "7.2", "no-downgrade")
async def test_a_bound_token_serves_its_agent_alone(deployment: Deployment, bound: AgentClient, tmp_path: Path) -> None:
    """Nonces of server and service are met by themselves; whoever finds token and proof of a request has nothing."""
    seen: list[dict[str, str]] = []

    async def who(request: Request) -> Response:
        seen.append({name: request.headers[name] for name in ("authorization", "dpop")})
        caller: DelegatedCaller = request.state.delegation
        return PlainTextResponse(f"{caller.subject} {caller.actor}")

    async with deployment.service("documents", DOCUMENTS) as documents:

        def build(address: str) -> Starlette:
            check = ProofCheck(address, replays=ReplaysInFile(tmp_path / "proofs.db"), nonce_key=b"k" * 32)
            guard = Middleware(DelegatedAccess, service=documents, dpop=check)
            return Starlette(routes=[Route("/who", who, methods=["GET", "POST"])], middleware=[guard])

        async with serving(build) as address, httpx2.AsyncClient(base_url=address) as thief:
            auth = bound.auth(deployment.grant()[1], origin=address, **APOLLO)
            async with httpx2.AsyncClient(base_url=address, auth=auth) as http:
                answers = [await http.get("/who"), await http.post("/who")]
            [taken, _] = seen
            bearer = {**taken, "authorization": taken["authorization"].replace("DPoP", "Bearer")}
            stolen = [await thief.get("/who", headers=headers) for headers in (taken, bearer)]
            stolen.append(await thief.post("/who", headers=taken))
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "anne helper")] * 2
    assert [answer.status_code for answer in stolen] == [401] * 3
    assert len(seen) == 2


async def test_a_bound_token_is_narrowed_by_its_own_agent(deployment: Deployment, bound: AgentClient) -> None:
    """Narrowed, it stays bound to the same key; an agent with another key gets nothing for it."""
    _, receipt = deployment.grant()
    token = await bound.token(receipt, **APOLLO)
    narrowed = await bound.narrow(token, **APOLLO)
    assert (token.is_bound, narrowed.is_bound) == (True, True)
    secret = deployment.secrets["helper"]
    for dpop in (True, False):
        async with AgentClient(deployment.issuer, "helper", secret=secret, dpop=dpop) as other:
            with pytest.raises(Refused, match="invalid_dpop_proof"):
                await other.narrow(token, **APOLLO)


async def test_a_service_asks_many_questions_and_searches(deployment: Deployment, agent: AgentClient) -> None:
    """Batches and searches agree with single questions, for a caller and for principals; signed answers verify."""
    delegation, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    anne = Principal("user", "anne", "acme")
    asked = [("document:edit", "app:storefront"), ("document:edit", "app:billing"), ("document:view", "no reference")]
    async with deployment.service("documents", DOCUMENTS) as documents:
        caller = await documents.introspect(token.value, signed=True)
        assert caller == await documents.introspect(token.value)
        assert await documents.introspect("x", signed=True) is None
        assert caller is not None
        together = await documents.evaluate_all(caller, asked)
        first = await documents.evaluate_all(caller, asked, until=Until.DENIED)
        reached = [each async for each in documents.search_resources(caller, "document:edit", "app")]
        of_anne = [each async for each in documents.search_resources(anne, "document:edit", "app")]
        actions = await documents.search_actions(caller, "app:storefront")
        found = documents.search_subjects("delegation", "document:edit", "app:storefront", organization="acme")
        agents = [each async for each in found]
        by_hand = await documents.evaluate(Principal("delegation", delegation, "acme"), *asked[0])
    assert [type(answer) for answer in together] == [Allowed, Denied, Denied]
    assert together[:2] == first
    assert reached == ["app:storefront"]
    assert set(reached) <= set(of_anne)
    assert "document:edit" in actions
    assert [(each.id, each.properties["agent"], each.properties["user"]) for each in agents] == [
        (delegation, "helper", "anne")
    ]
    assert isinstance(by_hand, Allowed)


def app_named(name: str) -> str:
    """Return the resource of this name."""
    return f"app:{name}"


async def test_lists_show_what_the_token_reaches(deployment: Deployment, agent: AgentClient) -> None:
    """In memory and in the database, of all documents those are shown that lie where the token reaches now."""
    _, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    apps, reached = ["billing", "storefront", "nowhere", "Storefront"] * 30, ["storefront"] * 30
    documents_of = Table("documents", MetaData(), Column("app", Text))
    database = create_engine("sqlite://")
    documents_of.metadata.create_all(database)
    async with deployment.service("documents", DOCUMENTS) as documents:
        caller = await documents.introspect(token.value)
        assert caller is not None
        assert await visible(documents, caller, "document:edit", apps, on=app_named) == reached
        found = await visible_to(documents, caller, "document:edit", type="app")
        with database.connect() as connection:
            connection.execute(insert(documents_of), [{"app": app} for app in apps])
            rows = connection.scalars(select(documents_of.c.app).where(found.rows(documents_of.c.app))).all()
        assert rows == reached
        await agent.revoke(receipt)
        assert await visible(documents, caller, "document:edit", apps, on=app_named) == []
        assert (await visible_to(documents, caller, "document:edit", type="app")).resources == frozenset()


async def test_a_token_for_one_service_is_nothing_to_another(deployment: Deployment, agent: AgentClient) -> None:
    """The audience is checked where it counts: another service learns nothing but that it is not good there."""
    _, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    async with deployment.service("mail", MAIL) as mail:
        assert await mail.introspect(token.value) is None


async def test_several_delegations_can_be_told_apart(deployment: Deployment, agent: AgentClient) -> None:
    """Where two would do, the agent is told both names, and gets its token when it chooses."""
    granted = {deployment.grant()[0], deployment.grant()[0]}
    subject = UserToken(deployment.anne())
    with pytest.raises(AmbiguousDelegation) as caught:
        await agent.token(subject, **APOLLO)
    assert set(caught.value.delegations) == granted
    named: Wanted = {**APOLLO, "delegation": min(granted)}
    assert (await agent.token(subject, **named)).delegation == min(granted)


async def test_a_token_given_back_is_dead_and_the_delegation_is_not(deployment: Deployment, agent: AgentClient) -> None:
    """Revoking a token ends that token alone."""
    _, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    await agent.revoke(token)
    successor = await agent.token(receipt, **APOLLO)
    async with deployment.service("documents", DOCUMENTS) as documents:
        assert await documents.introspect(token.value) is None
        assert await documents.introspect(successor.value) is not None


async def test_a_receipt_given_back_ends_everything(deployment: Deployment, agent: AgentClient) -> None:
    """Revoking by the receipt ends the delegation: tokens die, and a person would have to grant anew."""
    _, receipt = deployment.grant()
    token = await agent.token(receipt, **APOLLO)
    await agent.revoke(receipt)
    agent.forget(token)
    with pytest.raises(ConsentRequired) as caught:
        await agent.token(receipt, **APOLLO)
    assert caught.value.consent_uri.startswith(deployment.issuer)
    async with deployment.service("documents", DOCUMENTS) as documents:
        assert await documents.introspect(token.value) is None


@pytest.mark.slow
async def test_a_restart_of_the_service_is_not_noticed(tmp_path: Path) -> None:
    """Tokens, receipts and open clients outlive the process that issued them."""
    deployment = Deployment(tmp_path / "data", free_port(), {})
    with deployment.running():
        deployment.register("agents", "helper", {"ceiling": "none"}, secret=True)
        deployment.register("services", "documents", {}, audience=DOCUMENTS)
        _, receipt = deployment.grant()
        documents = deployment.service("documents", DOCUMENTS)
        agent = AgentClient(deployment.issuer, "helper", secret=deployment.secrets["helper"])
        token = await agent.token(receipt, **APOLLO)
        assert await documents.introspect(token.value) is not None
    with deployment.running():
        assert await documents.introspect(token.value) is not None
        narrowed: Wanted = {**APOLLO, "actions": ["document:view"]}
        assert (await agent.token(receipt, **narrowed)).actions == frozenset({"document:view"})
    await agent.close()
    await documents.close()
