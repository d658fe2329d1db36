"""Three ways to verify a token, beside the service itself: what each asks, what it sees, and how long it may err."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.app.key_keeping import KeyKeeper, with_keys
from delegation.client import (
    DelegatedAccess,
    DelegatedCaller,
    OfflineVerifier,
    ProofCheck,
    Receipt,
    ResourceMetadata,
    Wanted,
    require,
)
from delegation.tokens import KeyState, Purpose
from tests.client.between import APOLLO, House
from tests.client.serving import serving
from tests.end_to_end.deployment import DOCUMENTS, Service, payload
from tests.end_to_end.hops import child

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]

LIFETIME: Final = timedelta(seconds=300)


@dataclass(frozen=True, slots=True)
class Way:
    """How a service verifies: whether it asks about tokens, and whether it asks about permissions."""

    asks_who: bool
    asks_what: bool


INTROSPECTION: Final = Way(asks_who=True, asks_what=True)
EVALUATION: Final = Way(asks_who=False, asks_what=True)
OFFLINE: Final = Way(asks_who=False, asks_what=False)
WAYS: Final = [INTROSPECTION, EVALUATION, OFFLINE]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service for all tests that leave nothing behind but delegations."""
    house = House(tmp_path_factory.mktemp("shared") / "data")
    with house.open():
        yield house


@pytest.fixture(scope="module")
async def house(shared: House) -> AsyncIterator[House]:
    """That service, to be reached."""
    async with shared.reached():
        yield shared


@pytest.fixture(scope="module")
def mail(shared: House) -> Service:
    """Another service of the same organization."""
    return shared.tenant.house.service("mail", "https://mail.example", shared.tenant.id)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[House]:
    """A service of its own: what happens to it is not to be undone."""
    house = House(tmp_path / "data")
    with house.open():
        yield house


async def who(request: Request) -> Response:
    """Tell who calls, which takes no permission."""
    caller: DelegatedCaller = request.state.delegation
    return PlainTextResponse(f"{caller.actor} for {caller.subject}")


def app_of(request: Request) -> str:
    """Return the app that the path names."""
    return f"app:{request.path_params['app']}"


def routes() -> list[Route]:
    """Return three routes: for everybody with a token, for who may edit an app, and for who may edit the project."""
    on_app = require("document:edit", on=app_of)
    on_project = require("document:edit", on=lambda _: "project:apollo")
    return [Route("/who", who), Route("/apps/{app}", on_app(who)), Route("/project", on_project(who))]


@asynccontextmanager
async def documents(house: House, way: Way, *, dpop: bool = False) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve an application that verifies in this way, and give what calls it."""
    offline = OfflineVerifier(house.address, audience=DOCUMENTS, settings=house.settings())
    async with offline, house.documents() as online:

        def build(address: str) -> Starlette:
            guard = Middleware(
                DelegatedAccess,
                service=online if way.asks_what else offline,
                verifier=online if way.asks_who else offline,
                dpop=ProofCheck(address) if dpop else None,
                metadata=ResourceMetadata(DOCUMENTS, house.address),
            )
            return Starlette(routes=routes(), middleware=[guard])

        async with serving(build) as address, httpx2.AsyncClient(base_url=address) as http:
            yield http


async def token(house: House, receipt: Receipt, **wanted: object) -> str:
    """Return a token that the planner gets by its receipt."""
    asked: Wanted = {**APOLLO, **wanted}  # type: ignore[typeddict-item]  # some other value of the same kind
    async with house.agent() as agent:
        return (await agent.token(receipt, **asked)).value


PATHS: Final = ("/who", "/apps/storefront", "/project")


async def statuses(http: httpx2.AsyncClient, token: str, *paths: str) -> list[int]:
    """Return how the application answers at its three routes."""
    headers = {"Authorization": f"Bearer {token}"}
    return [(await http.get(path, headers=headers)).status_code for path in paths or PATHS]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (INTROSPECTION, [["/introspect"], ["/introspect", "/access/v1/evaluation"]]),
        (EVALUATION, [[], ["/access/v1/evaluation"]]),
        (OFFLINE, [[], []]),
    ],
)
async def test_each_way_asks_as_often_as_it_says(house: House, way: Way, expected: list[list[str]]) -> None:
    """A request costs two questions, one or none; keys and metadata are asked for once and not with each request."""
    good = await token(house, house.granted()[1])
    async with documents(house, way) as http:
        assert await statuses(http, good, "/project") == [200]
        asked = []
        for path in ("/who", "/project"):
            house.between.seen.clear()
            assert await statuses(http, good, path) == [200]
            asked.append(list(house.between.seen))
    assert asked == expected


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (INTROSPECTION, [401, 401, 401]),
        (EVALUATION, [200, 401, 401]),
        (OFFLINE, [200, 403, 200]),
    ],
)
async def test_a_revocation_is_seen_at_once_where_something_is_asked(
    house: House, way: Way, expected: list[int]
) -> None:
    """The very next question knows of it; where nothing is asked, the token's own end is what is left."""
    delegation, receipt = house.granted()
    good = await token(house, receipt)
    async with documents(house, way) as http:
        beneath = 200 if way.asks_what else 403
        assert await statuses(http, good) == [200, beneath, 200]
        house.tenant.hand(house.tenant.anne, "DELETE", delegation)
        assert await statuses(http, good) == expected
        house.clock.advance(LIFETIME)
        assert await statuses(http, good) == [401, 401, 401]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (INTROSPECTION, [401, 401, 401]),
        (EVALUATION, [200, 403, 403]),
        (OFFLINE, [200, 403, 200]),
    ],
)
async def test_a_lost_role_is_seen_at_once_where_something_is_asked(
    house: House, way: Way, expected: list[int]
) -> None:
    """What the user may no longer do, the agent may do in none of the routes that ask for it."""
    good, lost = await token(house, house.granted()[1]), ("workspace-member", "workspace:design")
    async with documents(house, way) as http:
        house.tenant.unassign(f"user:{house.tenant.anne}", *lost)
        assert await statuses(http, good) == expected
        house.tenant.assign(f"user:{house.tenant.anne}", *lost)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_not_for_this_service_or_was_changed_is_refused_in_every_way(
    house: House, mail: Service, way: Way
) -> None:
    """A token for another audience, one with another signature, a receipt and a user's own token let nobody in."""
    tenant, (_, receipt) = house.tenant, house.granted()
    good = await token(house, receipt)
    other = await token(house, receipt, resource=mail.audience)
    own = tenant.house.user_token(tenant.anne, audience=DOCUMENTS)
    header, claims, signature = good.split(".")
    tampered = f"{header}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    async with documents(house, way) as http:
        assert await statuses(http, good, "/who") == [200]
        for bad in (other, tampered, receipt.text, own):
            assert await statuses(http, bad) == [401, 401, 401]


@pytest.mark.parametrize("way", WAYS)
async def test_another_subtree_is_refused_in_every_way(house: House, way: Way) -> None:
    """What lies beside the token's identifier is nothing that it reaches, and the answer says what was asked."""
    good = await token(house, house.granted()[1])
    async with documents(house, way) as http:
        refused = await http.get("/apps/backoffice", headers={"Authorization": f"Bearer {good}"})
    assert (refused.status_code, refused.json()["resource"]) == (403, "app:backoffice")
    assert refused.json()["failing"]["term"] == ("delegation" if way.asks_what else "token")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert f'resource_metadata="{DOCUMENTS}/.well-known/' in refused.headers["WWW-Authenticate"]


@pytest.mark.threat("29")
@pytest.mark.parametrize("way", WAYS)
async def test_a_bound_token_serves_its_agent_alone_in_every_way(house: House, way: Way) -> None:
    """Whoever asks nobody demands the proof all the same, each request with its own."""
    _, receipt = house.granted()
    async with documents(house, way, dpop=True) as http, house.agent(dpop=True) as agent:
        auth = agent.auth(receipt, origin=str(http.base_url).rstrip("/"), **APOLLO)
        first = await http.get("/project", auth=auth)
        assert (first.status_code, first.text.split(" ")[0]) == (200, house.tenant.planner.id)
        taken = {name: first.request.headers[name] for name in ("Authorization", "DPoP")}
        bare = taken["Authorization"].partition(" ")[2]
        stolen = [taken, {"Authorization": f"Bearer {bare}"}, {"Authorization": f"DPoP {bare}"}]
        assert [(await http.get("/project", headers=each)).status_code for each in stolen] == [401, 401, 401]
    async with documents(house, way) as http:
        assert await statuses(http, bare) == [401, 401, 401]


@pytest.mark.threat("P9")
@pytest.mark.parametrize("way", WAYS)
async def test_a_budget_is_counted_or_the_token_is_refused(house: House, way: Way) -> None:
    """Introspection counts each use and each permission; whoever would not count lets such a token in nowhere."""
    _, receipt = house.granted(budget={"evaluations": 3})
    scarce = await token(house, receipt)
    async with documents(house, way) as http:
        expected = [200, 200, 401] if way.asks_who else [401, 401, 401]
        assert await statuses(http, scarce, "/project", "/who", "/who") == expected


@pytest.mark.threat("P9")
async def test_a_token_tells_of_a_budget_anywhere_in_its_chain(house: House) -> None:
    """The budget of whoever passed something on counts the uses of all below, so their tokens say so; others do not."""
    tenant = house.tenant
    helper = tenant.agent("helper")
    scarce = tenant.grant(depth=1, unattended=True, budget={"evaluations": 9})
    passed = child(tenant, tenant.planner, scarce, agent=helper.id, unattended=True)
    below = tenant.redeem(passed["receipt"], helper, details=None).json()["access_token"]
    assert payload(below)["budgeted"] is True
    tokens_only = house.granted(budget={"tokens": 5})[1]
    assert "budgeted" not in payload(await token(house, tokens_only))


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (INTROSPECTION, [503, 503, 503]),
        (EVALUATION, [200, 503, 503]),
        (OFFLINE, [200, 403, 200]),
    ],
)
async def test_while_the_issuer_is_away_nothing_is_allowed_that_would_have_been_asked(
    alone: House, way: Way, expected: list[int]
) -> None:
    """Where an answer is wanted and there is none, nobody gets through; keys that are known serve on."""
    async with AsyncExitStack() as until_away, AsyncExitStack() as stack:
        await until_away.enter_async_context(alone.reached())
        good = await token(alone, alone.granted()[1])
        http = await stack.enter_async_context(documents(alone, way))
        assert await statuses(http, good, "/project") == [200]
        await until_away.aclose()
        assert await statuses(http, good) == expected


@pytest.mark.parametrize("way", [EVALUATION, OFFLINE])
async def test_without_keys_nobody_gets_in(alone: House, way: Way) -> None:
    """Whoever starts while the issuer is away knows no keys, and lets nobody in."""
    async with alone.reached():
        good = await token(alone, alone.granted()[1])
    async with documents(alone, way) as http:
        assert await statuses(http, good) == [503, 503, 503]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (INTROSPECTION, [401, 401, 401]),
        (EVALUATION, [200, 401, 401]),
        (OFFLINE, [200, 403, 200]),
    ],
)
async def test_keys_change_unnoticed_until_one_is_withdrawn(alone: House, way: Way, expected: list[int]) -> None:
    """Tokens of the key before and of the next are let in; a withdrawn key's end at once where something is asked."""
    settings, receipt = alone.tenant.house.settings, alone.granted(expires_in=7200)[1]

    async def rotate(keeper: KeyKeeper) -> None:
        await keeper.rotate(())

    async def withdraw(keeper: KeyKeeper) -> None:
        held = [each for each in await keeper.held() if each.key.purpose is Purpose.ACCESS_TOKEN]
        [active] = [each.key.kid for each in held if each.state is KeyState.ACTIVE]
        await keeper.withdraw(active)

    async with alone.reached(), documents(alone, way) as http:
        before = await token(alone, receipt)
        await with_keys(settings, rotate, clock=alone.clock)
        for _ in range(3):
            assert await statuses(http, await token(alone, receipt), "/who", "/project") == [200, 200]
            alone.clock.advance(timedelta(minutes=3))
        assert await statuses(http, before, "/who") == [401]
        last = await token(alone, receipt)
        await with_keys(settings, withdraw, clock=alone.clock)
        assert await statuses(http, last) == expected
        alone.clock.advance(LIFETIME)
        assert await statuses(http, last) == [401, 401, 401]


async def test_the_end_of_a_token_is_known_where_it_was_verified(house: House) -> None:
    """How long an offline answer may be wrong is a member of the caller, and never more than the token's life."""
    good = await token(house, house.granted()[1])
    async with OfflineVerifier(house.address, audience=DOCUMENTS, settings=house.settings()) as offline:
        caller = await offline.verify(good)
    assert caller is not None
    assert 0 < caller.expires_at - house.clock().timestamp() <= LIFETIME.total_seconds()
    async with house.documents() as online:
        told = await online.verify(good)
    assert told is not None
    assert replace(told, revision=None) == caller
