"""Keys of identity providers over real connections: remembered, renewed, and refused when they cannot be had."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from delegation.tokens import KeysAt, Provider, ProviderKeys, ProviderUnavailable, Reason, RemoteKeys
from tests.clock import NOON, Clock
from tests.tokens.forging import ISSUER, PROVIDER, PROVIDER_KEYS, USER_TOKEN
from tests.tokens.key_server import Gate, KeyServer, body, document, keys, silence
from tests.tokens.provider_door import IMPATIENT, NEW, OLD, SECOND, door, door_after_first_token, token

pytestmark = pytest.mark.anyio


async def test_keys_are_fetched_once_and_remembered(clock: Clock) -> None:
    """A provider is asked when its first token comes, and not again for five minutes."""
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        for _ in range(10):
            assert (await entry.read(token(OLD))).subject == "anne"
            clock.advance(29 * SECOND)
        assert server.asked == 1
        assert b"accept-encoding: identity" in server.requests[0].lower()
        clock.advance(10 * SECOND)
        await entry.read(token(OLD))
        assert server.asked == 2


@pytest.mark.threat("K8")
async def test_a_withdrawn_key_is_believed_for_five_minutes_at_most(clock: Clock) -> None:
    """A key that is no longer published is good until the known ones are confirmed, and not a second longer."""
    async with KeyServer(keys(OLD, NEW)).listening() as server, door(server, clock) as entry:
        await entry.read(token(OLD))
        server.behaviour = keys(NEW)
        clock.advance(300 * SECOND - timedelta(microseconds=1))
        await entry.read(token(OLD))
        clock.advance(timedelta(microseconds=1))
        assert await entry.refuses(token(OLD)) is Reason.UNKNOWN_KEY
        await entry.read(token(NEW))
        assert server.asked == 2


@pytest.mark.threat("60")
@pytest.mark.threat("K9")
async def test_a_new_key_is_learnt_when_a_token_names_it(clock: Clock) -> None:
    """A provider that rotates is asked again at the first token with an unknown key, thirty seconds apart."""
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        await entry.read(token(OLD))
        server.behaviour = keys(OLD, NEW)
        clock.advance(30 * SECOND - timedelta(microseconds=1))
        assert await entry.refuses(token(NEW)) is Reason.UNKNOWN_KEY
        assert server.asked == 1
        clock.advance(timedelta(microseconds=1))
        await entry.read(token(NEW))
        await entry.read(token(OLD))
        assert server.asked == 2


@pytest.mark.threat("K9")
async def test_unknown_keys_cannot_make_us_hammer_a_provider(clock: Clock) -> None:
    """Two thousand tokens with invented keys over ten minutes lead to one question in thirty seconds."""
    forged = [USER_TOKEN.token(header={"kid": f"invented-{number}"}) for number in range(2_000)]
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        for encoded in forged:
            assert await entry.refuses(encoded) is Reason.UNKNOWN_KEY
            clock.advance(timedelta(seconds=0.3))
        assert server.asked == 20


@pytest.mark.threat("K9")
@pytest.mark.parametrize("warm", [False, True])
async def test_all_who_wait_share_one_question(clock: Clock, *, warm: bool) -> None:
    """However many tokens need the same keys at once, the provider is asked once and all are answered."""
    gate = Gate()
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        if warm:
            await entry.read(token(OLD))
            clock.advance(60 * SECOND)
        server.behaviour = gate.before(keys(OLD, NEW))
        waiting = [asyncio.create_task(entry.read(token(NEW))) for _ in range(50)]
        await gate.reached.wait()
        gate.opened.set()
        assert {found.subject for found in await asyncio.gather(*waiting)} == {"anne"}
        assert server.asked == 1 + warm


async def test_who_stops_waiting_leaves_the_answer_to_the_others(clock: Clock) -> None:
    """A caller that goes away takes nobody's answer along, not even the one that asked."""
    gate = Gate()
    async with KeyServer(gate.before(keys(OLD))).listening() as server, door(server, clock) as entry:
        first, second = (asyncio.create_task(entry.read(token(OLD))) for _ in range(2))
        await gate.reached.wait()
        first.cancel()
        gate.opened.set()
        assert (await second).subject == "anne"
        assert server.asked == 1
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_known_keys_answer_while_others_wait(clock: Clock) -> None:
    """A question about an unknown key keeps nobody waiting whose key is known."""
    gate = Gate()
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        await entry.read(token(OLD))
        clock.advance(60 * SECOND)
        server.behaviour = gate.before(keys(OLD, NEW))
        waiting = asyncio.create_task(entry.read(token(NEW)))
        await gate.reached.wait()
        await entry.read(token(OLD))
        assert not waiting.done()
        gate.opened.set()
        await waiting


@pytest.mark.threat("50")
async def test_known_keys_serve_for_an_hour_while_a_provider_is_down(clock: Clock) -> None:
    """A provider that cannot be reached is believed for an hour, asked twice a minute, and then not at all."""
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        await entry.read(token(OLD))
        server.behaviour = body(b"down", "503 Service Unavailable")
        clock.advance(300 * SECOND)
        for _ in range(100):
            await entry.read(token(OLD))
            clock.advance(SECOND)
        assert server.asked == 1 + 4
        clock.now = NOON + 3_600 * SECOND - timedelta(microseconds=1)
        await entry.read(token(OLD))
        clock.advance(timedelta(microseconds=1))
        assert await entry.is_closed_for(token(OLD))
        server.behaviour = keys(NEW)
        clock.advance(5 * SECOND)
        await entry.read(token(NEW))
        assert await entry.refuses(token(OLD)) is Reason.UNKNOWN_KEY


@pytest.mark.threat("50")
async def test_a_new_key_cannot_be_judged_while_a_provider_is_down(clock: Clock) -> None:
    """Whether an unknown key is new or invented, only the provider knows: no verdict, rather than a wrong one."""
    server = KeyServer(keys(OLD))
    async with door_after_first_token(server, clock) as entry:
        clock.advance(60 * SECOND)
        assert await entry.is_closed_for(token(NEW))
        await entry.read(token(OLD))
        async with server.listening(server.port):
            server.behaviour = keys(OLD, NEW)
            clock.advance(30 * SECOND)
            await entry.read(token(NEW))


@pytest.mark.threat("50")
async def test_a_provider_that_was_never_reached_is_asked_every_five_seconds(clock: Clock) -> None:
    """Without any key nobody is served, so the provider is asked sooner, and a failure is not remembered as keys."""
    async with KeyServer(body(b"", "500 Oops")).listening() as server, door(server, clock) as entry:
        for _ in range(3):
            assert await entry.is_closed_for(token(OLD))
        assert server.asked == 1
        clock.advance(5 * SECOND - timedelta(microseconds=1))
        assert await entry.is_closed_for(token(OLD))
        assert server.asked == 1
        server.behaviour = keys(OLD)
        clock.advance(timedelta(microseconds=1))
        await entry.read(token(OLD))
        assert server.asked == 2


@pytest.mark.threat("K8")
async def test_an_empty_set_withdraws_every_key(clock: Clock) -> None:
    """A provider that publishes no key has no good token; that is an answer, not a failure."""
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        await entry.read(token(OLD))
        server.behaviour = document({"keys": []})
        clock.advance(300 * SECOND)
        assert await entry.refuses(token(OLD)) is Reason.UNKNOWN_KEY
        assert await entry.refuses(token(OLD)) is Reason.UNKNOWN_KEY
        assert server.asked == 2


@pytest.mark.threat("20")
async def test_a_malformed_token_asks_nobody(clock: Clock) -> None:
    """What cannot be a token leads to no question."""
    async with KeyServer(keys(OLD)).listening() as server, door(server, clock) as entry:
        for text in ("", "x", "a.b.c", "A" * 20_000, USER_TOKEN.token(header={"alg": "none"})):
            await entry.refuses(text)
        assert server.asked == 0


async def test_providers_are_asked_apart(clock: Clock) -> None:
    """One provider that is down, or that rotates, changes nothing for another."""
    async with (
        KeyServer(keys(OLD)).listening() as well,
        KeyServer(silence).listening() as ill,
        door(well, clock, IMPATIENT) as entry,
    ):
        assert isinstance(entry.provider.source, KeysAt)
        other = Provider(PROVIDER, ISSUER, KeysAt(ill.url))
        with pytest.raises(ProviderUnavailable):
            await entry.known.for_token(other, token(OLD))
        await entry.read(token(OLD))
        assert (well.asked, ill.asked) == (1, 1)


async def test_configured_keys_ask_nobody(clock: Clock) -> None:
    """Keys that stand in the configuration are the provider's keys, whatever a token names."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        known = ProviderKeys(RemoteKeys(client, clock))
        provider = Provider(PROVIDER, ISSUER, PROVIDER_KEYS)
        assert await known.for_token(provider, USER_TOKEN.token()) is PROVIDER_KEYS
        assert await known.for_token(provider, token(NEW)) is PROVIDER_KEYS
