"""An edge beside the real issuer: what is taken away bites, and whatever cannot be told lets nobody in."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
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
    Allowed,
    ClientSettings,
    DelegatedAccess,
    Denied,
    ServiceClient,
    Unavailable,
    Until,
    require,
)
from delegation.edge import Edge
from delegation.tokens import KeyState, Purpose
from tests.client.serving import serving
from tests.edge.beside import Later, agree, bearer, caught_up, client_of, edge_of, let, until
from tests.end_to_end.deployment import Deployment, Service
from tests.end_to_end.hops import chain, end
from tests.end_to_end.tenant import APOLLO, Tenant
from tests.end_to_end.test_policies import put
from tests.rfc.minting import header_of

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]

STOREFRONT: Final = "app:storefront"
ASKED: Final = [
    *(("document:edit", thing) for thing in (STOREFRONT, APOLLO, "app:backoffice", "app:nowhere", "planet:mars")),
    *((permission, STOREFRONT) for permission in ("app:view", "document:delete", "organization:administer", "fly")),
]
CHAINED: Final = [("app:edit", STOREFRONT), ("project:view", APOLLO), ("app:view", STOREFRONT)]


@pytest.fixture
async def edge(acme: Tenant) -> AsyncIterator[Edge]:
    """An edge that follows the organization."""
    async with edge_of(acme.house, acme.documents, acme.id) as edge:
        await edge.ready()
        yield edge


@pytest.fixture
async def issuer(acme: Tenant) -> AsyncIterator[ServiceClient]:
    """The issuer, asked each time."""
    async with client_of(acme.house, acme.documents) as issuer:
        yield issuer


ENDS: Final[dict[str, Callable[[Tenant, str, str], object]]] = {
    "token": lambda acme, token, _: acme.give_up(token),
    "delegation": lambda acme, _, delegation: acme.hand(acme.anne, "DELETE", delegation),
    "suspended": lambda acme, _, delegation: acme.must("POST", f"/delegations/{delegation}/suspend"),
    "role": lambda acme, *_: acme.unassign(f"user:{acme.anne}", "workspace-member", "workspace:design"),
    "membership": lambda acme, *_: acme.must("PUT", f"/memberships/{acme.anne}", {"active": False}),
    "user": lambda acme, *_: acme.house.must("PATCH", f"/users/{acme.anne}", {"status": "suspended"}),
    "agent": lambda acme, *_: acme.house.must("PATCH", f"/agents/{acme.planner.id}", {"status": "suspended"}),
    "admission": lambda acme, *_: acme.must("DELETE", f"/agents/{acme.planner.id}"),
    "ceiling": lambda acme, *_: acme.admit(acme.planner, []),
    "move": lambda acme, *_: acme.move(STOREFRONT, "project:zeus"),
    "time": lambda acme, *_: acme.house.clock.advance(timedelta(seconds=300)),
}


@pytest.mark.parametrize("how", ENDS)
async def test_what_is_taken_away_bites(acme: Tenant, edge: Edge, issuer: ServiceClient, how: str) -> None:
    """Whatever ends a right ends it at the edge as soon as that has heard of it, for the issuer's own reason."""
    delegation = acme.grant()["id"]
    token = acme.token()
    await caught_up(edge, acme.id)
    assert isinstance((await agree(edge, issuer, token, ASKED))[0], Allowed)
    ENDS[how](acme, token, delegation)
    await caught_up(edge, acme.id)
    answers = await agree(edge, issuer, token, ASKED)
    assert isinstance(answers[0], Denied)
    assert edge.decide(bearer(token), *ASKED[0]) == answers[0]


@pytest.mark.parametrize(
    "reference", ["", "storefront", ":storefront", "app:", "app:*", "app:a b", "app:a#b", "a" * 300]
)
async def test_what_names_no_resource_is_refused_alike(
    acme: Tenant, edge: Edge, issuer: ServiceClient, reference: str
) -> None:
    """A reference to nothing is answered as the issuer does, alone and among others, however far they are answered."""
    acme.grant()
    token = acme.token()
    await caught_up(edge, acme.id)
    asked = [("document:edit", STOREFRONT), ("document:edit", reference), ("document:edit", APOLLO)]
    for who in (bearer(token), bearer(f"{token[:-8]}AAAAAAAA")):
        alone = await edge.evaluate(who, *asked[1])
        assert alone == await issuer.evaluate(who, *asked[1]) == Denied("malformed_resource", "", {}, None)
        for far in Until:
            together = await edge.evaluate_all(who, asked, until=far)
            assert together == await issuer.evaluate_all(who, asked, until=far)
        [_, refused, _] = await edge.evaluate_all(who, asked)
        assert isinstance(refused, Denied)
        assert refused.reason == "malformed"


async def test_each_hop_of_a_chain_counts(acme: Tenant, edge: Edge, issuer: ServiceClient) -> None:
    """Of chains of agents every hop is told, decides here as there, and names itself where it says no."""
    links = chain(acme)
    tokens = [links.token(hop) for hop in range(3)]
    await caught_up(edge, acme.id)
    answers = [await agree(edge, issuer, token, CHAINED) for token in tokens]
    assert [[isinstance(each, Allowed) for each in some] for some in answers] == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
    ]
    assert end(acme, links.agents[0], links.links[1]).is_success
    await caught_up(edge, acme.id)
    for token in tokens[1:]:
        [refused, *_] = await agree(edge, issuer, token, CHAINED)
        assert isinstance(refused, Denied)
        assert refused.failing == {"term": "status", "delegation_id": links.links[1]["id"], "hop": 2}


async def test_the_author_of_a_policy_bounds_it(acme: Tenant, edge: Edge, issuer: ServiceClient) -> None:
    """A delegation that a policy made is decided by the rights of its author, who delegated nothing, here as there."""
    chief = acme.join("chief")
    acme.assign(f"user:{chief}", "workspace-member", "workspace:design")
    acme.must("POST", "/groups", {"id": "eng"})
    acme.must("PUT", f"/groups/eng/members/user:{acme.anne}")
    assert put(acme).is_success
    token = acme.token()
    await caught_up(edge, acme.id)
    assert isinstance((await agree(edge, issuer, token, ASKED))[0], Allowed)
    acme.unassign(f"user:{chief}", "workspace-member", "workspace:design")
    await caught_up(edge, acme.id)
    assert isinstance((await agree(edge, issuer, token, ASKED))[0], Denied)


async def test_tokens_for_others_are_nothing_here(acme: Tenant, edge: Edge, found_tenant: Callable[[], Tenant]) -> None:
    """A token for another service, of another shape, or signed by nobody is none; of a stranger's, nothing is told."""
    acme.grant(audiences=None)
    mail = acme.house.service(f"mail.{acme.id}", f"https://mail.{acme.id}.example", acme.id)
    for_mail = acme.exchange(resource=mail.audience, details=acme.details()).json()["access_token"]
    forged = acme.token()[:-8] + "AAAAAAAA"
    other = found_tenant()
    other.grant()
    await caught_up(edge, acme.id)
    for text in (for_mail, forged, "", "x", "a.b.c", acme.house.user_token(acme.anne)):
        assert await edge.verify(text) is None
    with pytest.raises(Unavailable, match=f"the organization `{other.id}` is not followed"):
        await edge.verify(other.token())
    assert edge.decide(bearer(for_mail), *ASKED[0]) == edge.decide(bearer(forged), *ASKED[0])


async def test_bound_tokens_need_their_proof(acme: Tenant, edge: Edge) -> None:
    """A token that is bound to no key is none beside a proof, and a revision comes with whoever is let in."""
    acme.grant()
    token = acme.token()
    await caught_up(edge, acme.id)
    assert await edge.verify(token, key="k" * 43) is None
    caller = await edge.verify(token)
    assert caller is not None
    assert caller.revision == edge.status[acme.id].revision


async def test_only_the_issuer_counts(acme: Tenant, edge: Edge, issuer: ServiceClient) -> None:
    """What a budget counts is asked of the issuer, and is Unavailable without it; a denial uses nothing."""
    acme.grant(budget={"evaluations": 2})
    token = acme.token()
    await caught_up(edge, acme.id)
    who = bearer(token)
    for asked in (edge.verify(token), edge.evaluate(who, *ASKED[0]), edge.evaluate_all(who, ASKED[:1])):
        with pytest.raises(Unavailable, match="a budget counts"):
            await asked
    with pytest.raises(Unavailable, match="a budget counts"):
        edge.decide(who, *ASKED[0])
    assert isinstance(edge.decide(who, *ASKED[2]), Denied)
    async with edge_of(acme.house, acme.documents, acme.id, online=issuer) as counted:
        assert await counted.verify(token) is not None
        assert isinstance(await counted.evaluate(who, *ASKED[0]), Allowed)
        spent = await counted.evaluate(who, *ASKED[0])
    assert isinstance(spent, Denied)
    assert spent.reason == "budget_spent"


async def test_keys_change_while_the_edge_follows(house: Deployment, acme: Tenant, edge: Edge) -> None:
    """Tokens are good while keys change: of the key before, and of the next; those of one that is withdrawn are not."""
    acme.grant()

    async def withdraw(keeper: KeyKeeper) -> None:
        held = [each for each in await keeper.held() if each.key.purpose is Purpose.ACCESS_TOKEN]
        [active] = [each.key.kid for each in held if each.state is KeyState.ACTIVE]
        await keeper.withdraw(active)

    await with_keys(house.settings, lambda keeper: keeper.rotate((Purpose.ACCESS_TOKEN,)), clock=house.clock)
    signers, token = set(), ""
    for _ in range(3):
        token = acme.token()
        signers.add(header_of(token)["kid"])
        await caught_up(edge, acme.id)
        assert await edge.verify(token) is not None
        house.clock.advance(timedelta(minutes=4))
        assert await edge.verify(token) is not None
    assert len(signers) == 2
    await with_keys(house.settings, withdraw, clock=house.clock)
    await caught_up(edge, acme.id)
    assert await edge.verify(token) is None


async def test_who_may_follow_no_longer_decides_no_more(acme: Tenant, documents: Service) -> None:
    """When the permission to follow is taken back, nobody gets in at once; given again, it goes on by itself."""
    acme.grant()
    token = acme.token()
    quick = ClientSettings(clock=acme.house.clock, longest_pause=timedelta(milliseconds=200))
    async with edge_of(acme.house, documents, acme.id, settings=quick) as edge:
        assert await edge.verify(token) is not None
        let(acme.house, acme.id, documents, follow=False)
        await until(lambda: edge.status[acme.id].revision is None)
        with pytest.raises(Unavailable, match="may follow this organization no longer"):
            await edge.verify(token)
        let(acme.house, acme.id, documents)
        await until(lambda: edge.status[acme.id].behind is None)
        assert await edge.verify(token) is not None


def app_in(request: Request) -> str:
    """Return the app that a request names."""
    return f"app:{request.path_params['app']}"


@require("document:edit", on=app_in)
async def edit(request: Request) -> Response:
    """Edit the document of an app."""
    return PlainTextResponse(request.state.delegation.subject)


async def test_the_guard_of_a_service_takes_an_edge(acme: Tenant) -> None:
    """`DelegatedAccess` and `require` let in, refuse and cannot tell by an edge as by the issuer."""
    acme.grant()
    token, later = acme.token(), Later()
    async with edge_of(acme.house, acme.documents, acme.id, monotonic=later) as edge:
        guard = [Middleware(DelegatedAccess, service=edge)]
        app = Starlette(routes=[Route("/apps/{app}", edit, methods=["PUT"])], middleware=guard)
        async with serving(lambda _: app) as address, httpx2.AsyncClient(base_url=address) as http:
            bearing = {"Authorization": f"Bearer {token}"}
            good = await http.put("/apps/storefront", headers=bearing)
            other = await http.put("/apps/backoffice", headers=bearing)
            none = await http.put("/apps/storefront", headers={"Authorization": "Bearer x"})
            later.by = 1_000.0
            unknown = await http.put("/apps/storefront", headers=bearing)
    assert unknown.status_code == 503
    assert (good.status_code, good.text) == (200, acme.anne)
    assert (other.status_code, other.json()["failing"]["term"]) == (403, "delegation")
    assert none.status_code == 401
