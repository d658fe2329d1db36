"""The application: the door with everything behind it, from one frozen configuration."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TypedDict

import httpx2
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from delegation.app.clock import elapsed, utc_now
from delegation.app.sealing import Sealer
from delegation.app.secrets_at_rest import administrator_secret, master_key
from delegation.authority.granting import Limits
from delegation.authzen.evaluation import Evaluation
from delegation.directory.development import DevelopmentProvider
from delegation.directory.own_hand import OwnHand
from delegation.directory.people import People
from delegation.directory.performing import Directory
from delegation.oauth.endpoints import Endpoints
from delegation.oauth.keys import Cabinet
from delegation.oauth.office import Office
from delegation.oauth.terms import Terms
from delegation.settings import Settings
from delegation.state.pictures import Pictures
from delegation.store import Store
from delegation.tokens import KeyRing, ProviderKeys, Purpose, hash_secret, new_identifier, new_secret
from delegation.web import audit, authzen, delegations, development, health, management, oauth
from delegation.web.desk import Desk
from delegation.web.errors import HANDLERS
from delegation.web.middleware import AccessLog, BodyLimit, Faults, OnePath, RequestId

_log = structlog.get_logger()


class Lifespan(TypedDict):
    """What the lifespan hands to every request."""

    desk: Desk


def application(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = elapsed,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Starlette:
    """Return the ASGI application of a prepared deployment; it serves once its lifespan has begun."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Lifespan]:
        store = Store(settings.database, instance=new_identifier("process"), clock=clock)
        await store.open()
        try:
            async with httpx2.AsyncClient(timeout=5.0, follow_redirects=False, trust_env=False) as http:
                pictures = Pictures(store, rows=settings.rows_in_memory, monotonic=monotonic)
                desk = await _desk(settings, store, pictures, http, clock)
                sealer = Sealer(store, partial(_ring, desk), issuer=settings.issuer, clock=clock)
                async with store.hints(desk.pictures.hint), sealer.at_intervals(settings.seal_interval, sleep):
                    yield {"desk": desk}
        finally:
            await store.close()

    app = Starlette(
        routes=_routes(settings),
        middleware=[
            Middleware(RequestId),
            Middleware(Faults),
            Middleware(AccessLog),
            Middleware(BodyLimit, limit=settings.body_limit),
            Middleware(OnePath),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # A redirect would repeat a body with its secrets.
    return app


def _routes(settings: Settings) -> list[Route]:
    rooms = [health.ROUTES, oauth.ROUTES, delegations.ROUTES, authzen.ROUTES, management.ROUTES, audit.ROUTES]
    if settings.development_identity_provider:
        rooms.append(development.ROUTES)
    return [route for routes in rooms for route in routes]


async def _ring(desk: Desk) -> KeyRing:
    return desk.cabinet.ring(await desk.pictures.audit())


async def _desk(
    settings: Settings, store: Store, pictures: Pictures, http: httpx2.AsyncClient, clock: Callable[[], datetime]
) -> Desk:
    cabinet = Cabinet(master_key(settings, make=False))
    ring = cabinet.ring((await pictures.view()).platform)
    ring.signing(Purpose.ACCESS_TOKEN, now=clock())  # A service without a key to sign with must not start.
    development_provider = None
    if settings.development_identity_provider:
        key = ring.signing(Purpose.USER_TOKEN, now=clock())
        development_provider = DevelopmentProvider.of(settings.issuer, key)
        _log.warning("DEVELOPMENT IDENTITY PROVIDER IS ON: anybody can get a token for any user")
    trusted = development_provider.provider if development_provider else None
    people = People(store, pictures, ProviderKeys(http, clock), clock=clock, development=trusted)
    terms = Terms(
        issuer=settings.issuer,
        lifetime=settings.token_lifetime,
        consent_uri=settings.consent_uri or f"{settings.issuer}/delegations",
        by_hand=frozenset({settings.delegations_audience, settings.management_audience}),
    )
    limits = Limits(settings.delegation_lifetime, settings.chain_length)
    office = Office(pictures, people, cabinet, terms, clock, new_identifier)
    return Desk(
        settings=settings,
        clock=clock,
        pictures=pictures,
        people=people,
        directory=Directory(pictures, clock=clock, secret=new_secret, tree_depth=settings.tree_depth),
        own_hand=OwnHand(pictures, people, limits=limits, clock=clock, identifier=new_identifier),
        endpoints=Endpoints(office),
        evaluation=Evaluation(office),
        cabinet=cabinet,
        administrator_hash=hash_secret(administrator_secret(settings)),
        development=development_provider,
    )
