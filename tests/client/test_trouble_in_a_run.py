"""What happens to an agent in the middle of its work, with the service itself and a service that asks it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.app.key_keeping import KeyKeeper, with_keys
from delegation.client import (
    AgentClient,
    AgentSuspended,
    BudgetSpent,
    ClientSettings,
    ConsentRequired,
    DelegatedAccess,
    NotAdmitted,
    ProofRefused,
    Receipt,
    Refused,
    SubjectRefused,
    Unavailable,
    UnknownClient,
    UserToken,
    Wanted,
    insufficient_scope,
    require,
)
from delegation.tokens import KeyState, Purpose
from tests.client.between import APOLLO, House
from tests.client.serving import serving

pytestmark = pytest.mark.anyio

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[House]:
    """A service of its own for each test: what happens to it is not to be undone."""
    house = House(tmp_path / "data")
    with house.open():
        yield house


@pytest.fixture
async def house(opened: House) -> AsyncIterator[House]:
    """The service, to be reached."""
    async with opened.reached():
        yield opened


@asynccontextmanager
async def documents(house: House) -> AsyncIterator[str]:
    """Serve an application in which editing the storefront takes the permission to; gives its address."""

    async def edit(_: Request) -> Response:
        return PlainTextResponse("edited")

    guarded = require("document:edit", on=lambda _: "app:storefront")(edit)
    async with house.documents() as service:
        guard = Middleware(DelegatedAccess, service=service)
        async with serving(lambda _: Starlette(routes=[Route("/", guarded)], middleware=[guard])) as address:
            yield address


@asynccontextmanager
async def working(house: House, receipt: Receipt) -> AsyncIterator[httpx2.AsyncClient]:
    """Give what the agent calls the application with; it has edited once."""
    async with documents(house) as address, house.agent() as agent:
        auth = agent.auth(receipt, origin=address, **APOLLO)
        async with httpx2.AsyncClient(auth=auth, base_url=address) as http:
            assert (await http.get("/")).text == "edited"
            house.between.seen.clear()
            yield http


async def test_a_revocation_is_told_and_not_fought(house: House) -> None:
    """The next call ends in the word that consent is missing, after one more question for a token and no loop."""
    delegation, receipt = house.granted()
    async with working(house, receipt) as http:
        house.tenant.hand(house.tenant.anne, "DELETE", delegation)
        with pytest.raises(ConsentRequired, match="the delegation is revoked") as caught:
            await http.get("/")
    assert caught.value.consent_uri == f"{house.address}/delegations"
    assert house.between.seen == ["/introspect", "/token"]


async def test_a_lost_role_is_told_and_not_fought(house: House) -> None:
    """A token that has become without effect is replaced once; there is none to be had, and the reason is said."""
    _, receipt = house.granted()
    async with working(house, receipt) as http:
        house.tenant.unassign(f"user:{house.tenant.anne}", "workspace-member", "workspace:design")
        with pytest.raises(Refused, match="nothing of what was asked is effective"):
            await http.get("/")
        assert house.between.seen == ["/introspect", "/token"]
        house.tenant.assign(f"user:{house.tenant.anne}", "workspace-member", "workspace:design")
        assert (await http.get("/")).text == "edited"


async def test_a_smaller_role_is_the_services_no(house: House) -> None:
    """The token is still good for something: the answer is 403, is not tried again, and says what was missing where."""
    _, receipt = house.granted()
    async with working(house, receipt) as http:
        anne = f"user:{house.tenant.anne}"
        house.tenant.assign(anne, "project-viewer", "project:apollo")
        house.tenant.unassign(anne, "workspace-member", "workspace:design")
        answer = await http.get("/")
    refusal = insufficient_scope(answer)
    assert refusal is not None
    assert (refusal.permission, refusal.resource, refusal.is_tokens) == ("document:edit", "app:storefront", False)
    assert "/token" not in house.between.seen


async def test_a_withdrawn_key_costs_one_more_exchange(house: House) -> None:
    """What it signed is refused at once; the agent gets a token by the next key, without anybody's doing."""
    _, receipt = house.granted()
    settings = house.tenant.house.settings

    async def rotate(keeper: KeyKeeper) -> None:
        await keeper.rotate(())

    async def withdraw(keeper: KeyKeeper) -> None:
        [active] = [
            each.key.kid
            for each in await keeper.held()
            if (each.key.purpose, each.state) == (Purpose.ACCESS_TOKEN, KeyState.ACTIVE)
        ]
        await keeper.withdraw(active)

    await with_keys(settings, rotate, clock=house.clock)
    house.clock.advance(timedelta(minutes=7))
    async with working(house, receipt) as http:
        await with_keys(settings, withdraw, clock=house.clock)
        assert (await http.get("/")).text == "edited"
    assert house.between.seen == ["/introspect", "/token", "/introspect", "/access/v1/evaluation"]


async def test_keys_that_rotate_are_not_noticed(house: House) -> None:
    """Tokens of the key before serve on, and those of the next are got in their time."""
    _, receipt = house.granted(expires_in=7200)

    async def rotate(keeper: KeyKeeper) -> None:
        await keeper.rotate(())

    async with working(house, receipt) as http:
        await with_keys(house.tenant.house.settings, rotate, clock=house.clock)
        for _ in range(8):
            assert (await http.get("/")).text == "edited"
            house.clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -TEN_MINUTES])
async def test_a_wrong_clock_does_not_matter_to_who_has_a_secret(house: House, ahead: timedelta) -> None:
    """A token's life is counted from when it was asked for, by the agent's own clock."""
    _, receipt = house.granted()
    async with house.agent(clock=lambda: house.clock() + ahead) as agent:
        token = await agent.token(receipt, **APOLLO)
        assert await agent.token(receipt, **APOLLO) == token
        house.clock.advance(timedelta(minutes=4, seconds=56))
        assert (await agent.token(receipt, **APOLLO)).value != token.value


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -TEN_MINUTES])
async def test_a_wrong_clock_is_named_to_who_proves_a_key(house: House, ahead: timedelta) -> None:
    """Proofs by a clock ten minutes off are refused, once, and the error says to look at the clock."""
    _, receipt = house.granted()
    async with house.agent(dpop=True, clock=lambda: house.clock() + ahead) as agent:
        with pytest.raises(ProofRefused, match="this machine's clock"):
            await agent.token(receipt, **APOLLO)
    assert len(house.between.seen) <= 2
    assert set(house.between.seen) == {"/token"}


async def test_each_no_says_what_to_do_about_it(house: House) -> None:
    """A person or a program can act on the class alone, and on the sentence that it ends with."""
    tenant, (_, receipt) = house.tenant, house.granted()
    nowhere: Wanted = {**APOLLO, "resource": "https://nowhere.example"}
    async with house.agent() as agent:
        with pytest.raises(SubjectRefused, match="get a new token from the user"):
            await agent.token(UserToken("no token"), **APOLLO)
        with pytest.raises(SubjectRefused, match="a new receipt"):
            await agent.token(Receipt(receipt.text[:-4]), **APOLLO)
        with pytest.raises(NotAdmitted, match="an administrator of the organization admits services"):
            await agent.token(receipt, **nowhere)
        tenant.house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "suspended"})
        with pytest.raises(AgentSuspended, match="have an administrator resume the agent"):
            await agent.token(receipt, **APOLLO)
    for name in (tenant.planner.id, "nobody"):
        async with AgentClient(house.address, name, secret="wrong", settings=house.settings()) as stranger:
            with pytest.raises(UnknownClient, match="check `client_id`"):
                await stranger.token(receipt, **APOLLO)
            with pytest.raises(UnknownClient, match="check `client_id`"):
                await stranger.end("dlg_1", organization="acme")


async def test_a_receipt_that_has_ended_and_a_spent_budget_are_told_apart(house: House) -> None:
    """For the one a new subject is to be got, for the other the user is asked to grant again."""
    _, short = house.granted(expires_in=60)
    _, scarce = house.granted(budget={"tokens": 1})
    view: Wanted = {**APOLLO, "actions": ["document:view"]}
    async with house.agent() as agent:
        await agent.token(scarce, **APOLLO)
        with pytest.raises(BudgetSpent, match="ask the user for a new delegation") as caught:
            await agent.token(scarce, **view)
        assert caught.value.consent_uri == f"{house.address}/delegations"
        house.clock.advance(timedelta(minutes=2))
        with pytest.raises(SubjectRefused):
            await agent.token(short, **APOLLO)


async def test_a_restart_is_not_noticed(tmp_path: Path) -> None:
    """Tokens, receipts and open clients outlive the process that issued them; while it is away, the client says so."""
    house = House(tmp_path / "data")
    async with house.reached(), AsyncExitStack() as clients:
        with ExitStack() as first:
            await asyncio.to_thread(first.enter_context, house.open())
            _, receipt = house.granted()
            http = await clients.enter_async_context(working(house, receipt))
            agent = await clients.enter_async_context(house.agent())
            await agent.token(receipt, **APOLLO)
            await asyncio.to_thread(first.close)
        narrowed: Wanted = {**APOLLO, "actions": ["document:view"]}
        assert (await http.get("/")).status_code == 503
        with pytest.raises(Unavailable):
            await agent.token(receipt, **narrowed)
        with ExitStack() as second:
            await asyncio.to_thread(second.enter_context, house.open())
            assert (await http.get("/")).text == "edited"
            assert (await agent.token(receipt, **narrowed)).actions == frozenset({"document:view"})
            await asyncio.to_thread(second.close)


def test_a_client_belongs_to_one_loop() -> None:
    """In another loop, or when its own is closed, the client says so instead of hanging; a held token it still has."""
    agent = AgentClient("http://127.0.0.1:1", "planner", secret="s", settings=ClientSettings(attempts=1))

    async def ask() -> None:
        await agent.own_token()

    with pytest.raises(Exception, match="cannot be reached"):
        asyncio.run(ask())
    with pytest.raises(RuntimeError, match="make one in each loop"):
        asyncio.run(ask())
