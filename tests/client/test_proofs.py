"""Tokens bound to a key at a service: nobody gets in without a proof of that key for this very request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote

import httpx2
import pytest
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

from delegation.client import DelegatedAccess, ProofCheck, ReplaysInMemory, ServiceClient, Unavailable
from delegation.client.service.proof_reading import BadProof
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import BEARER, REALM, Documents
from tests.client.samples import AUDIENCE
from tests.client.serving import Stage
from tests.clock import Clock
from tests.conformance import rfc
from tests.proving import FLAWS, Flaw, Prover, addresses_beside, ath, spellings_of

pytestmark = pytest.mark.anyio

TOKEN: Final = "token-canary"
BOUND: Final = {"Authorization": f"DPoP {TOKEN}"}
NONCE_KEY: Final = b"a key that all processes share..."
OFFERED: Final = f'DPoP realm="{AUDIENCE}", algs="ES256 Ed25519"'


@pytest.fixture
def prover(clock: Clock) -> Prover:
    """Whoever has the key that the token is bound to."""
    return Prover(clock)


@pytest.fixture
def serve(second_stage: Stage, documents: Documents, service: ServiceClient) -> Callable[..., None]:
    """Serve the application behind a check of proofs with these options."""

    def serve(**options: Any) -> None:
        check = ProofCheck(options.pop("public_url", second_stage.address), **options)
        second_stage.playing = documents.application(Middleware(DelegatedAccess, service=service, dpop=check))

    return serve


@pytest.fixture(autouse=True)
def _served(serve: Callable[..., None], server: AuthorizationServer, prover: Prover) -> None:
    """The application is served, and introspection believes in a token bound to the prover's key."""
    serve()
    server.introspection = bound(server, prover.thumbprint)


def bound(server: AuthorizationServer, thumbprint: str, **members: object) -> dict[str, Any]:
    """Return what introspection says of a token that is bound to a key."""
    return live(server.issuer, AUDIENCE, **{"token_type": "DPoP", "cnf": {"jkt": thumbprint}, **members})


def who(stage: Stage) -> str:
    """Return the address of what is asked for."""
    return f"{stage.address}/who"


def proof(prover: Prover, stage: Stage, **claims: Any) -> str:
    """Return a good proof for a GET, but for the claims that are given."""
    return prover.proof(who(stage), "GET", **{"ath": ath(TOKEN), **claims})


async def asked(http: httpx2.AsyncClient, *proofs: str, query: str = "") -> httpx2.Response:
    """Ask with the bound token, and with these proofs, each in a header of its own."""
    return await http.get(f"/who{query}", headers=[*BOUND.items(), *(("DPoP", each) for each in proofs)])


def error(response: httpx2.Response) -> tuple[int, str]:
    """Return status and error of a refusal, after checking that it stands in the challenge of its scheme alone."""
    bearer, dpop = response.headers.get_list("WWW-Authenticate")
    assert bearer == REALM
    assert dpop.startswith(f'DPoP realm="{AUDIENCE}", error="')
    assert dpop.endswith('algs="ES256 Ed25519"')
    assert "canary" not in response.text
    return response.status_code, dpop.partition('error="')[2].partition('"')[0]


BAD: Final = (401, "invalid_dpop_proof")


@rfc("9449", "6", "recognized")
@rfc("9449", "7.1", "all-checks")
@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
async def test_a_bound_token_with_its_proof_lets_in(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, scheme: str
) -> None:
    """The scheme is read without regard to case, and the query is no part of what is proved."""
    headers = {"Authorization": f"{scheme} {TOKEN}", "DPoP": proof(prover, second_stage)}
    response = await http.get("/who?x=1", headers=headers)
    assert (response.status_code, response.json()) == (200, ["anne", "planner", "acme"])


@pytest.mark.threat("28")
@rfc("9449", "4.3", "one-jwt", "claims", "type", "algorithm", "signature", "no-private-key", "method")
@rfc("9449", "7.1", "all-checks", "challenge", "challenge-algorithms")
@rfc("9449", "11.6", "secure-algorithms")
@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS.keys())
async def test_a_flawed_proof_lets_nobody_in(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, documents: Documents, flaw: Flaw
) -> None:
    """A proof with anything wrong in its form, header, key, signature or claims is refused with a challenge."""
    response = await asked(http, flaw.proof(prover, who(second_stage), "GET", ath=ath(TOKEN)))
    assert error(response) == BAD
    assert documents.ran == []


@pytest.mark.threat("28")
@rfc("9449", "4.3", "one-header")
async def test_a_request_has_one_proof(http: httpx2.AsyncClient, prover: Prover, second_stage: Stage) -> None:
    """No proof and two proofs are refused, be they equal or different."""
    one, other = proof(prover, second_stage), proof(prover, second_stage)
    for proofs in ((), (one, other), (one, one), (one, "")):
        assert error(await asked(http, *proofs)) == BAD
    assert (await asked(http, one)).status_code == 200


@pytest.mark.threat("28")
@rfc("9449", "4.3", "address", "window", "token-and-key")
async def test_a_proof_is_for_this_request_alone(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, clock: Clock
) -> None:
    """Another address, another method, another time or another token is another request."""
    now = int(clock().timestamp())
    flaws: list[dict[str, Any]] = [
        *({"htu": address} for address in [*addresses_beside(who(second_stage)), f"{second_stage.address}/move"]),
        *({"htm": method} for method in ("POST", "HEAD", "GET ")),
        *({"iat": now + seconds} for seconds in (-3600, -61, 11, 3600)),
        *({"ath": hash_} for hash_ in (None, ath("another token"), ath(TOKEN) + "=", TOKEN)),
    ]
    for claims in flaws:
        assert error(await asked(http, proof(prover, second_stage, **claims))) == BAD, claims
    for address in spellings_of(who(second_stage)):
        assert (await asked(http, proof(prover, second_stage, htu=address))).status_code == 200, address


@pytest.mark.threat("28")
@pytest.mark.threat("29")
@rfc("9449", "4.3", "token-and-key")
@rfc("9449", "6", "same-key")
@rfc("9700", "4.9.1", "counterfeit")
async def test_a_proof_is_by_the_key_of_the_token(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, server: AuthorizationServer, clock: Clock
) -> None:
    """A proof by another key, or a token that says nothing definite of its key, lets nobody in."""
    thief = Prover(clock)
    assert error(await asked(http, proof(thief, second_stage))) == (401, "invalid_token")
    for confirmed in (None, {}, {"jkt": ""}, {"jkt": prover.thumbprint, "x5t#S256": "x"}, prover.thumbprint):
        server.introspection = bound(server, "", cnf=confirmed)
        assert error(await asked(http, proof(prover, second_stage))) == (401, "invalid_token")


@pytest.mark.threat("29")
@rfc("9449", "7.2", "no-downgrade", "two-challenges")
@rfc("9449", "6", "recognized")
async def test_a_bound_token_is_no_bearer_token(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, documents: Documents
) -> None:
    """Sent as a bearer token it is refused, with a good proof beside it as without, and `DPoP` is offered."""
    for headers in (BEARER, {**BEARER, "DPoP": proof(prover, second_stage)}):
        response = await http.get("/who", headers=headers)
        bearer, dpop = response.headers.get_list("WWW-Authenticate")
        assert response.status_code == 401
        assert bearer.startswith(f'{REALM}, error="invalid_token"')
        assert dpop == OFFERED
    assert documents.ran == []


@pytest.mark.threat("29")
@rfc("9449", "7.2", "no-downgrade")
async def test_a_bearer_token_is_no_bound_token(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, server: AuthorizationServer
) -> None:
    """What is bound to no key is refused beside whatever proof; as a bearer token it is as good as ever."""
    server.introspection = live(server.issuer, AUDIENCE)
    assert error(await asked(http, proof(prover, second_stage))) == (401, "invalid_token")
    assert (await http.get("/who", headers=BEARER)).status_code == 200


@rfc("9449", "7.2", "two-challenges")
async def test_who_presents_no_token_is_offered_both_schemes(http: httpx2.AsyncClient) -> None:
    """Neither challenge holds an error."""
    response = await http.get("/who")
    assert (response.status_code, response.headers.get_list("WWW-Authenticate")) == (401, [REALM, OFFERED])


@pytest.mark.parametrize("value", ["DPoP", "DPoP ==", "DPoP one two", 'DPoP "one"'])
async def test_a_scheme_without_a_token_is_a_bad_request(http: httpx2.AsyncClient, value: str) -> None:
    """Nothing is guessed."""
    assert error(await http.get("/who", headers={"Authorization": value})) == (400, "invalid_request")


async def test_two_ways_at_once_are_a_bad_request(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage
) -> None:
    """A bearer token beside a bound one is refused, in either order."""
    values = [("Authorization", f"Bearer {TOKEN}"), *BOUND.items()]
    for headers in (values, values[::-1]):
        response = await http.get("/who", headers=[*headers, ("DPoP", proof(prover, second_stage))])
        assert response.status_code == 400


@pytest.mark.threat("27")
@rfc("9449", "11.1", "single-use")
async def test_a_proof_is_good_once(http: httpx2.AsyncClient, prover: Prover, second_stage: Stage) -> None:
    """What was seen on the way, token and proof and all, is refused when it comes again."""
    once = proof(prover, second_stage)
    assert (await asked(http, once)).status_code == 200
    assert error(await asked(http, once)) == BAD
    assert error(await asked(http, once, query="?again")) == BAD
    assert (await asked(http, proof(prover, second_stage))).status_code == 200


async def test_only_what_comes_with_a_good_token_is_remembered(
    http: httpx2.AsyncClient,
    serve: Callable[..., None],
    prover: Prover,
    second_stage: Stage,
    server: AuthorizationServer,
) -> None:
    """Proofs beside dead tokens do not fill the memory; a memory that is full closes the door."""
    serve(replays=ReplaysInMemory(1))
    server.scripted.extend(JSONResponse({"active": False}) for _ in range(3))
    for _ in range(3):
        assert error(await asked(http, proof(prover, second_stage))) == (401, "invalid_token")
    assert (await asked(http, proof(prover, second_stage))).status_code == 200
    assert (await asked(http, proof(prover, second_stage))).status_code == 503


async def test_nobody_gets_in_while_used_proofs_cannot_be_known(
    http: httpx2.AsyncClient, serve: Callable[..., None], prover: Prover, second_stage: Stage, documents: Documents
) -> None:
    """A memory that fails closes the door."""

    class Failing:
        async def is_first(self, *_: object) -> bool:
            raise Unavailable("the memory is gone")

    serve(replays=Failing())
    assert (await asked(http, proof(prover, second_stage))).status_code == 503
    assert documents.ran == []


async def test_a_refusal_within_speaks_the_scheme_of_the_request(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, server: AuthorizationServer
) -> None:
    """What the application itself does not allow is told in a `DPoP` challenge."""
    server.evaluation = {"decision": False, "context": {"reason": "role", "failing": {"term": "delegation"}}}
    for_edit = prover.proof(f"{second_stage.address}/apps/one", "POST", ath=ath(TOKEN))
    assert error(await http.post("/apps/one", headers={**BOUND, "DPoP": for_edit})) == (403, "insufficient_scope")


@rfc("9449", "9", "nonce-of-a-service")
@rfc("9449", "4.3", "nonce")
@rfc("9449", "11.3", "nonce-downgrade")
async def test_a_service_may_demand_nonces(
    http: httpx2.AsyncClient, serve: Callable[..., None], prover: Prover, second_stage: Stage, clock: Clock
) -> None:
    """It gives one with the demand, takes it for a few minutes, and takes no other and none instead."""
    serve(nonce_key=NONCE_KEY)
    response = await asked(http, proof(prover, second_stage))
    assert error(response) == (401, "use_dpop_nonce")
    [nonce] = response.headers.get_list("DPoP-Nonce")
    for wrong in ({}, {"nonce": nonce[:-1]}, {"nonce": "é"}, {"nonce": nonce + "A"}):
        assert error(await asked(http, proof(prover, second_stage, **wrong))) == (401, "use_dpop_nonce")
    clock.advance(timedelta(minutes=2))
    assert (await asked(http, proof(prover, second_stage, nonce=nonce))).status_code == 200
    clock.advance(timedelta(minutes=2))
    assert error(await asked(http, proof(prover, second_stage, nonce=nonce))) == (401, "use_dpop_nonce")


@rfc("9449", "8", "unpredictable")
async def test_nonces_follow_from_the_key(
    http: httpx2.AsyncClient, serve: Callable[..., None], prover: Prover, second_stage: Stage
) -> None:
    """Every process with the key takes a nonce that another gave; one with another key does not."""
    serve(nonce_key=NONCE_KEY)
    nonce = (await asked(http, proof(prover, second_stage))).headers["DPoP-Nonce"]
    serve(nonce_key=NONCE_KEY[::-1])
    assert error(await asked(http, proof(prover, second_stage, nonce=nonce))) == (401, "use_dpop_nonce")
    serve(nonce_key=NONCE_KEY)
    assert (await asked(http, proof(prover, second_stage, nonce=nonce))).status_code == 200


@pytest.mark.threat("28")
async def test_the_address_is_the_configured_one(
    http: httpx2.AsyncClient, serve: Callable[..., None], prover: Prover, second_stage: Stage
) -> None:
    """Behind a proxy the socket's address is nobody's, and no header names another."""
    serve(public_url="https://documents.example/api/")
    inside = proof(prover, second_stage)
    forged = {"Host": "documents.example", "X-Forwarded-Proto": "https", **BOUND}
    assert error(await http.get("/who", headers={**forged, "DPoP": inside})) == BAD
    outside = prover.proof("https://documents.example/api/who", "GET", ath=ath(TOKEN))
    assert (await asked(http, outside)).status_code == 200


async def test_an_escape_in_the_path_is_proved_as_it_was_sent(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage
) -> None:
    """An escaped slash is another address than a slash."""
    for path, status in (("/apps/a%2Fb", 401), ("/apps/a%41b", 200)):
        sent = prover.proof(f"{second_stage.address}{unquote(path)}", "POST", ath=ath(TOKEN))
        response = await http.post(path, headers={**BOUND, "DPoP": sent})
        assert response.status_code == status, path


@pytest.mark.parametrize("path", ["/who#x", "who", "", "https://documents.example/who"])
async def test_what_is_no_path_or_more_is_not_proved(prover: Prover, clock: Clock, path: str) -> None:
    """A proof shows nothing about a fragment, which some servers take for a part of the path."""
    one = prover.proof(f"{AUDIENCE}/who", "GET", ath=ath(TOKEN))
    with pytest.raises(BadProof, match="no path"):
        ProofCheck(AUDIENCE).read([one], "GET", path, TOKEN, now=clock())


@pytest.mark.threat("29")
async def test_without_a_check_no_bound_token_is_let_in(
    http: httpx2.AsyncClient, prover: Prover, second_stage: Stage, documents: Documents, service: ServiceClient
) -> None:
    """A service that was not told its own address offers bearer tokens alone, and takes no bound one in any way."""
    second_stage.playing = documents.application(Middleware(DelegatedAccess, service=service))
    for headers in (BEARER, BOUND, {**BOUND, "DPoP": proof(prover, second_stage)}):
        response = await http.get("/who", headers=headers)
        assert response.status_code == 401
        [challenge] = response.headers.get_list("WWW-Authenticate")
        assert challenge.startswith(REALM)
    assert documents.ran == []


async def test_introspection_by_hand_is_as_strict(service: ServiceClient, prover: Prover) -> None:
    """Whoever has no middleware says which key was proved; without one a bound token is nobody's."""
    caller = await service.introspect(TOKEN, key=prover.thumbprint)
    assert caller is not None
    assert caller.key == prover.thumbprint
    assert await service.introspect(TOKEN) is None
    assert await service.introspect(TOKEN, key=prover.thumbprint[:-1]) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "documents.example",
        "http://documents.example",
        "https://documents.example?x",
        "https://documents.example#x",
        "https://u@documents.example",
    ],
)
async def test_the_address_must_be_one(url: str) -> None:
    """An address that proofs could not name is an error of whoever configures, and so is a nonce key that is short."""
    with pytest.raises(ValueError, match="public_url"):
        ProofCheck(url)
    with pytest.raises(ValueError, match="nonce_key"):
        ProofCheck("https://documents.example", nonce_key=b"short")
