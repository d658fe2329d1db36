"""The application: the door with everything behind it, from one frozen configuration."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final, TypedDict

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware

from delegation.app.bounds import Bounds, Surroundings
from delegation.app.clock import elapsed, utc_now
from delegation.app.furnishing import desk_of
from delegation.app.held_seal import HeldSeal
from delegation.app.observing import traces
from delegation.app.pulse import Pulse
from delegation.app.recorded_time import SLACK, refuse_past
from delegation.app.refusals import Refusals
from delegation.app.rounds import Round, Rounds
from delegation.app.routes import rooms_of, routes_of
from delegation.app.sealing import Sealer
from delegation.app.stores import store_of
from delegation.app.timekeeping import LIMIT, Timekeeper
from delegation.app.watch import Watch
from delegation.overload import Gate
from delegation.quotas import Quota, Quotas
from delegation.settings import Settings
from delegation.state.pictures import Pictures
from delegation.store import Store
from delegation.tokens import KeyRing, Reach, new_identifier, safe_client
from delegation.web import access_log, counting
from delegation.web.application import Application
from delegation.web.desk import Desk
from delegation.web.door import Door
from delegation.web.traced import Traced
from delegation.web.vitals import Life, Vitals

_log = structlog.get_logger()
_USES: Final = 10.0
"""Seconds between writings of when delegations were last used."""


class Lifespan(TypedDict):
    """What the lifespan hands to every request."""

    desk: Desk
    vitals: Vitals
    surroundings: Surroundings


def application(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = elapsed,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    skew: timedelta = LIMIT,
) -> Starlette:
    """Return the ASGI application of a prepared deployment; it serves once its lifespan has begun.

    It judges nothing while `clock` lies further than `skew` from the database's.
    """
    routes = routes_of(settings)
    gate = Gate(settings.in_flight_limit, monotonic, rooms_of(routes))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Lifespan]:
        timekeeper = Timekeeper(clock, monotonic, limit=skew)
        store = store_of(settings, instance=new_identifier("process"), clock=timekeeper)
        await store.open()
        try:
            await refuse_past(settings, store, clock(), max(SLACK, skew))  # A worker may start anew.
            async with traces(settings), safe_client(_reach(settings)) as http:
                pictures = Pictures(store, rows=settings.rows_in_memory, monotonic=monotonic)
                desk = await desk_of(settings, store, pictures, http, timekeeper)
                watch, sealer = Watch.over(store, timekeeper), _sealer(store, desk)
                rounds = Rounds(sleep, monotonic)
                life = Life(settings.drain_seconds, monotonic)
                vitals = Vitals(life, watch.fault, partial(_troubles, sealer, rounds))
                held = HeldSeal(settings.data_directory).at_intervals(store, settings.seal_interval, rounds)
                async with store.hints(pictures.hint), watch.at_intervals(rounds), held, _going(sealer, desk, rounds):
                    yield {"desk": desk, "vitals": vitals, "surroundings": _surroundings(settings, gate)}
        finally:
            await store.close()

    return Application(routes, _layers(settings, monotonic), lifespan)


@asynccontextmanager
async def _going(sealer: Sealer, desk: Desk, rounds: Rounds) -> AsyncIterator[None]:
    """Do again and again what nobody waits for, until the block ends."""
    write = desk.pictures.uses.write
    async with (
        sealer.at_intervals(desk.settings.seal_interval, rounds),
        rounds.keep(Round("noting when delegations were used", write, _USES, last=write)),
        Pulse(desk).at_intervals(rounds),
    ):
        yield


def _sealer(store: Store, desk: Desk) -> Sealer:
    return Sealer(store, partial(_ring, desk), issuer=desk.settings.issuer, clock=desk.clock)


def _troubles(sealer: Sealer, rounds: Rounds) -> list[str]:
    return [*(["the log is not sealed"] if sealer.is_stuck else []), *rounds.troubles]


def _layers(settings: Settings, monotonic: Callable[[], float]) -> list[Middleware]:
    quotas = _quotas(settings, monotonic)
    ended = (counting.count,) if settings.quiet else (access_log.log, counting.count)
    outer = [Middleware(Traced)] if settings.traced else []
    return [
        *outer,
        Middleware(Door, body_limit=settings.body_limit, quotas=quotas, ended=ended),
    ]


def _surroundings(settings: Settings, gate: Gate) -> Surroundings:
    return Surroundings(
        gate,
        Bounds(body=settings.body_limit, connections=settings.connection_limit),
        Refusals(Random()),  # noqa: S311 - it spreads out who comes back, and protects nothing
    )


def _quotas(settings: Settings, monotonic: Callable[[], float]) -> Quotas:
    return Quotas(
        callers=Quota("a caller", settings.caller_limit, monotonic),
        organizations=Quota(
            "the agents and services of an organization", settings.organization_limit, monotonic, name="organizations"
        ),
        strangers=Quota("who does not authenticate", settings.stranger_limit, monotonic, name="strangers"),
    )


def _reach(settings: Settings) -> Reach:
    # A service that is itself on loopback serves this machine alone, and asks what is beside it.
    return Reach.of(settings.key_addresses, loopback=settings.on_loopback)


async def _ring(desk: Desk) -> KeyRing:
    return desk.cabinet.ring(await desk.pictures.audit())
