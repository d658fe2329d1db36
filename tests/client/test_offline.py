"""Tokens judged by what the issuer signed, without asking it about them."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from starlette.responses import Response

from delegation.client import Allowed, ClientSettings, DelegatedCaller, Denied, OfflineVerifier, Unavailable, Until
from delegation.tokens import Algorithm, Purpose, SigningKey
from tests.client.authorization_server import AuthorizationServer
from tests.clock import Clock
from tests.conformance import rfc
from tests.tokens.forging import (
    ACCESS_KEY,
    ACCESS_TOKEN,
    AUDIENCE,
    DROP,
    LONG_AGO,
    NOW,
    Json,
    changed,
    sealed,
    segment,
    shown,
    signing_key,
)

pytestmark = pytest.mark.anyio

NEXT_KEY: Final = signing_key(Purpose.ACCESS_TOKEN, since=LONG_AGO)
SEVERAL: Final = [signing_key(Purpose.ACCESS_TOKEN, each, since=LONG_AGO) for each in Algorithm]


@pytest.fixture
async def offline(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[OfflineVerifier]:
    """A verifier that knows the issuer's keys."""
    server.keys = [dict(ACCESS_KEY.public)]
    async with OfflineVerifier(server.issuer, audience=AUDIENCE, settings=settings) as verifier:
        yield verifier


def token(issuer: str, header: dict[str, Json] | None = None, **claims: Json) -> str:
    """Return a token of the issuer that is good at noon, with some members changed."""
    act = {"iss": issuer, "sub": "planner", "sub_profile": "ai_agent"}
    return ACCESS_TOKEN.token(header, {"iss": issuer, "act": act, **claims})


async def caller(offline: OfflineVerifier) -> DelegatedCaller:
    """Return who presents a good token."""
    found = await offline.verify(token(offline.issuer))
    assert found is not None
    return found


def looks(server: AuthorizationServer) -> int:
    """Return how often the keys were asked for."""
    return sum(asked.path == "/jwks.json" for asked in server.asked)


@pytest.mark.semantics("7")
async def test_a_good_token_tells_who_calls_and_nobody_is_asked_about_it(
    offline: OfflineVerifier, server: AuthorizationServer
) -> None:
    """Who calls follows from the token; the issuer is asked for its keys, once, and for nothing else."""
    for _ in range(3):
        found = await caller(offline)
        assert (found.subject, found.actor, found.organization, found.revision) == ("anne", "planner", "acme", None)
    assert [asked.path for asked in server.asked] == ["/.well-known/oauth-authorization-server", "/jwks.json"]


@pytest.mark.parametrize("key", SEVERAL, ids=lambda key: key.algorithm.value)
async def test_every_algorithm_of_the_issuer_is_known(
    offline: OfflineVerifier, server: AuthorizationServer, key: SigningKey
) -> None:
    """Whatever the issuer signs with is verified."""
    server.keys = [dict(key.public)]
    entrance = changed(ACCESS_TOKEN.claims, {"iss": server.issuer, "act": {"iss": server.issuer, "sub": "planner"}})
    header = {"typ": "at+jwt", "alg": key.algorithm.value, "kid": key.kid}
    assert await offline.verify(sealed(header, entrance, key.private, key.algorithm.value)) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://mail.example"},
        {"aud": [AUDIENCE, "https://mail.example"]},
        {"aud": DROP},
        {"iss": "https://other.example"},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": DROP},
        {"exp": "tomorrow"},
        {"nbf": NOW + 60},
        {"nbf": DROP},
        {"iat": NOW + 60},
        {"act": DROP},
        {"act": "planner"},
        {"client_id": "other"},
        {"sub": DROP},
        {"org_id": DROP},
        {"authorization_details": DROP},
        {"authorization_details": []},
        {"cnf": {"jkt": "x"}},
        {"cnf": None},
        {"only_on_sundays": True},
        {"budgeted": True},
    ],
    ids=shown,
)
@pytest.mark.semantics("7")
async def test_a_token_that_is_not_good_here_is_refused(offline: OfflineVerifier, claims: dict[str, Json]) -> None:
    """Foreign, expired, early, unbound, budgeted, restricted by what is not known: none of them comes in."""
    assert await offline.verify(token(offline.issuer, **claims)) is None


@pytest.mark.parametrize(
    "details",
    [
        {"type": "payment"},
        {"type": DROP},
        {"only_on": "sundays"},
        {"identifier": DROP},
        {"identifier": None},
        {"locations": ["https://mail.example"]},
        {"locations": [AUDIENCE, "https://mail.example"]},
        {"locations": DROP},
    ],
    ids=shown,
)
async def test_details_that_say_something_else_are_refused(offline: OfflineVerifier, details: dict[str, Json]) -> None:
    """Details of another type, for another place, or restricted by what is not known allow nothing here."""
    [entry] = ACCESS_TOKEN.claims["authorization_details"]
    assert await offline.verify(token(offline.issuer, authorization_details=[changed(entry, details)])) is None
    assert await offline.verify(token(offline.issuer, authorization_details=[entry, entry])) is None
    assert await offline.verify(token(offline.issuer, authorization_details=[entry])) is not None


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "jwt"},
        {"typ": DROP},
        {"typ": "delegation+jwt"},
        {"alg": "ES384"},
        {"kid": DROP},
        {"kid": "other"},
        {"crit": ["exp"]},
        pytest.param({"jwk": ACCESS_KEY.private.as_dict(private=False)}, id="jwk"),  # each process has another key
    ],
    ids=shown,
)
@rfc("9068", "4", "other-types")
async def test_a_header_that_means_something_else_is_refused(offline: OfflineVerifier, header: dict[str, Json]) -> None:
    """Another kind of token, another algorithm or key, or whatever extends the header is no access token."""
    assert await offline.verify(token(offline.issuer, header)) is None


async def test_what_is_not_signed_by_the_issuer_is_refused(
    offline: OfflineVerifier, server: AuthorizationServer
) -> None:
    """No signature, a changed claim, somebody else's key, and the public key taken for a shared secret are seen."""
    good = token(server.issuer)
    header, claims, signature = good.split(".")
    other = segment(changed(ACCESS_TOKEN.claims, {"iss": server.issuer, "sub": "mallory"}))
    none = segment({"typ": "at+jwt", "alg": "none", "kid": ACCESS_KEY.kid})
    hashed = f"{segment({'typ': 'at+jwt', 'alg': 'HS256', 'kid': ACCESS_KEY.kid})}.{claims}"
    public = ACCESS_KEY.private.as_pem(private=False)
    confused = f"{hashed}.{segment(hmac.digest(public, hashed.encode(), 'sha256'))}"
    forged = sealed(ACCESS_TOKEN.header, changed(ACCESS_TOKEN.claims, {"iss": server.issuer}), NEXT_KEY.private)
    repeated = b'{"typ":"at+jwt","alg":"ES256","kid":"x","kid":"y"}'
    twice = f"{segment(repeated)}.{claims}.{signature}"
    others = f"{header}.{other}.{signature}", f"{none}.{claims}.", confused, forged, twice
    for bad in (*others, "", "a.b", "a.b.c", "é.é.é", "a" * 20_000):
        assert await offline.verify(bad) is None, bad


@rfc("9449", "7.2", "no-downgrade")
async def test_a_bound_token_is_good_beside_its_proof_alone(offline: OfflineVerifier) -> None:
    """A token bound to a key wants that key, and one that is bound to none wants no proof."""
    bound = token(offline.issuer, cnf={"jkt": "thumb"})
    assert (await offline.verify(bound, key="thumb")) is not None
    assert await offline.verify(bound, key="other") is None
    assert await offline.verify(token(offline.issuer), key="thumb") is None


async def test_what_was_verified_is_judged_anew_each_time(offline: OfflineVerifier, clock: Clock) -> None:
    """A signature may be remembered; that a token is good is not."""
    good = token(offline.issuer)
    assert await offline.verify(good) is not None
    clock.advance(timedelta(seconds=300))
    assert await offline.verify(good) is None


async def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(
    offline: OfflineVerifier, server: AuthorizationServer, clock: Clock
) -> None:
    """An unknown key is looked for; one that is published no longer is believed for five minutes at most."""
    old = token(server.issuer, exp=NOW + 3600)
    assert await offline.verify(old) is not None
    clock.advance(timedelta(seconds=11))
    server.keys = [dict(NEXT_KEY.public)]
    claims = changed(ACCESS_TOKEN.claims, {"iss": server.issuer, "act": {"iss": server.issuer, "sub": "planner"}})
    new = sealed({**ACCESS_TOKEN.header, "kid": NEXT_KEY.kid}, claims, NEXT_KEY.private)
    assert await offline.verify(new) is not None
    clock.advance(timedelta(minutes=5, seconds=1))
    assert await offline.verify(old) is None


async def test_strangers_make_nobody_ask_for_keys_again_and_again(
    offline: OfflineVerifier, server: AuthorizationServer, clock: Clock
) -> None:
    """Whoever names keys that there are not causes one question in ten seconds."""
    for number in range(50):
        assert await offline.verify(token(server.issuer, {"kid": f"key-{number}"})) is None
    assert looks(server) == 1
    clock.advance(timedelta(seconds=11))
    assert await offline.verify(token(server.issuer, {"kid": "one-more"})) is None
    assert looks(server) == 2


async def test_keys_outlive_an_issuer_that_is_away_for_an_hour(
    offline: OfflineVerifier, server: AuthorizationServer, clock: Clock
) -> None:
    """While the issuer fails, known keys are believed for an hour and not longer; without any, nobody comes in."""
    lasting = token(server.issuer, exp=NOW + 10_000)
    assert await offline.verify(lasting) is not None
    server.scripted.extend(Response(status_code=500) for _ in range(100))
    clock.advance(timedelta(minutes=59))
    assert await offline.verify(lasting) is not None
    clock.advance(timedelta(minutes=2))
    with pytest.raises(Unavailable):
        await offline.verify(lasting)


async def test_whoever_needs_a_key_that_is_being_looked_for_waits_for_it(
    offline: OfflineVerifier, server: AuthorizationServer, clock: Clock
) -> None:
    """One look serves all who come while it lasts: at the start, and when a token names a new key."""
    for number, key in enumerate((ACCESS_KEY, NEXT_KEY), start=1):
        clock.advance(timedelta(seconds=11))
        server.keys = [dict(key.public)]
        own = {"iss": server.issuer, "act": {"iss": server.issuer, "sub": "planner"}}
        signed = sealed({**ACCESS_TOKEN.header, "kid": key.kid}, changed(ACCESS_TOKEN.claims, own), key.private)
        server.arrived.clear()
        server.open_gate.clear()
        asking = [asyncio.create_task(offline.verify(signed)) for _ in range(5)]
        await server.arrived.wait()
        asking.append(asyncio.create_task(offline.verify(signed)))
        server.open_gate.set()
        assert None not in await asyncio.gather(*asking)
        assert looks(server) == number


async def test_a_known_key_serves_while_the_keys_are_read_again(
    offline: OfflineVerifier, server: AuthorizationServer, clock: Clock
) -> None:
    """A slow issuer holds up the one request that looks for newer keys, and no other."""
    lasting = token(server.issuer, exp=NOW + 3600)
    assert await offline.verify(lasting) is not None
    clock.advance(timedelta(minutes=6))
    server.arrived.clear()
    server.open_gate.clear()
    looking = asyncio.create_task(offline.verify(lasting))
    await server.arrived.wait()
    assert await offline.verify(lasting) is not None
    assert not looking.done()
    server.open_gate.set()
    assert await looking is not None


async def test_without_keys_nobody_comes_in(offline: OfflineVerifier, server: AuthorizationServer) -> None:
    """Keys that were never read cannot be believed."""
    server.scripted.extend(Response(status_code=500) for _ in range(10))
    with pytest.raises(Unavailable):
        await offline.verify(token(server.issuer))


@pytest.mark.semantics("7")
async def test_it_decides_what_the_token_tells_and_nothing_else(offline: OfflineVerifier, clock: Clock) -> None:
    """What the token allowed at its identifier is allowed; what lies beneath or beside it is not told, so denied."""
    who = await caller(offline)
    assert await offline.evaluate(who, "document:edit", "project:apollo") == Allowed(None)
    asked = [("document:delete", "project:apollo"), ("document:edit", "app:storefront")]
    answers = await offline.evaluate_all(who, asked)
    assert [each.reason for each in answers if isinstance(each, Denied)] == ["not_held", "not_told"]
    assert len(await offline.evaluate_all(who, asked, until=Until.DENIED)) == 1
    assert [each async for each in offline.search_resources(who, "document:edit", "project")] == ["project:apollo"]
    assert [each async for each in offline.search_resources(who, "document:edit", "app")] == []
    odd = await offline.evaluate(who, "document:edit", "project:apollo#")
    assert odd == Denied("malformed_resource", "", {}, None)
    clock.advance(timedelta(seconds=300))
    assert isinstance(await offline.evaluate(who, "document:edit", "project:apollo"), Denied)
