"""An agent whose tokens are bound to its key: what it proves, to whom, and when it proves it again."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.client import AgentClient, ClientSettings, DelegatedToken, UnexpectedAnswer, UserToken
from delegation.client.issuer.credentials import PrivateKey
from tests.client.authorization_server import Asked, AuthorizationServer, issued, refused
from tests.client.samples import SECRET
from tests.client.serving import Stage, serving
from tests.clock import NOON
from tests.conformance import rfc
from tests.end_to_end.deployment import payload
from tests.proving import ath
from tests.rfc.minting import header_of

pytestmark = pytest.mark.anyio

KEY = ECKey.generate_key("P-256")
ANNE = UserToken("anne")
WHERE = {"resource": "https://documents.example", "identifier": "project:apollo"}


@pytest.fixture
async def bound(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[AgentClient]:
    """An agent that binds its tokens to a key it was given."""
    async with AgentClient(server.issuer, "planner", secret=SECRET, dpop=KEY, settings=settings) as agent:
        yield agent


async def token(agent: AgentClient, user: UserToken = ANNE) -> DelegatedToken:
    """Return a token for the editor's role on apollo."""
    return await agent.token(user, resource=WHERE["resource"], identifier=WHERE["identifier"], roles=["editor"])


def proved(asked: Asked) -> dict[str, Any]:
    """Return what the one proof in a request says, after checking its signature."""
    [proof] = [value for name, value in asked.headers.items() if name == "dpop"]
    key = OKPKey if header_of(proof)["jwk"]["kty"] == "OKP" else ECKey
    algorithm = header_of(proof)["alg"]
    jwt.decode(proof, key.import_key(header_of(proof)["jwk"]), algorithms=[algorithm])
    return payload(proof)


@rfc("9449", "4.2", "proof")
@pytest.mark.parametrize("key", [KEY, OKPKey.generate_key("Ed25519"), KEY.as_dict(private=True), True])
async def test_a_proof_says_all_that_it_must(
    server: AuthorizationServer, settings: ClientSettings, *, key: PrivateKey | bool
) -> None:
    """Type, algorithm and public key stand in the header, and id, method, address and time in the body."""
    async with AgentClient(server.issuer, "planner", secret=SECRET, dpop=key, settings=settings) as agent:
        await token(agent)
    [asked] = server.exchanges
    header = header_of(asked.headers["dpop"])
    assert header.keys() == {"typ", "alg", "jwk"}
    assert (header["typ"], header["alg"]) == ("dpop+jwt", "Ed25519" if header["jwk"]["kty"] == "OKP" else "ES256")
    assert "d" not in header["jwk"]
    said = proved(asked)
    assert said.keys() == {"jti", "htm", "htu", "iat"}
    assert (said["htm"], said["htu"], said["iat"]) == ("POST", f"{server.issuer}/token", int(NOON.timestamp()))
    assert len(said["jti"]) >= 16


@pytest.mark.parametrize(
    "key", [KEY.as_dict(private=False), {"kty": "EC"}, ECKey.generate_key("P-384"), OKPKey.generate_key("X25519")]
)
def test_a_key_that_cannot_prove_is_refused_at_once(key: PrivateKey) -> None:
    """A public key, half a key, and a key of another curve are errors of whoever configures."""
    with pytest.raises(ValueError, match="`dpop`"):
        AgentClient("https://as.example", "planner", secret=SECRET, dpop=key)


def test_a_key_is_not_shown() -> None:
    """Neither a client nor its parts print the private key."""
    key = {name: str(value) for name, value in KEY.as_dict(private=True).items()}
    assert key["d"] not in repr(AgentClient("https://as.example", "planner", secret=SECRET, dpop=key))


async def test_a_key_that_is_made_is_kept(server: AuthorizationServer, settings: ClientSettings) -> None:
    """One client proves one key, another client another."""
    for _ in range(2):
        async with AgentClient(server.issuer, "planner", secret=SECRET, dpop=True, settings=settings) as agent:
            await token(agent)
            await token(agent, UserToken("bob"))
    keys = [header_of(asked.headers["dpop"])["jwk"] for asked in server.exchanges]
    thumbprints = [ECKey.import_key(key).thumbprint() for key in keys]
    assert thumbprints[0] == thumbprints[1] != thumbprints[2] == thumbprints[3]


@rfc("9449", "4.2", "proof-id", "nonce-claim")
@rfc("9449", "7.3", "fresh-proof")
async def test_a_demand_for_a_nonce_is_met_once(bound: AgentClient, server: AuthorizationServer) -> None:
    """The request goes out again with a new proof that holds the nonce, and later proofs hold it from the start."""
    server.nonce = "nonce-1"
    first = await token(bound)
    await token(bound, UserToken("bob"))
    said = [proved(asked) for asked in server.exchanges]
    assert (first.value, first.is_bound) == ("token-2", True)
    assert [each.get("nonce") for each in said] == [None, "nonce-1", "nonce-1"]
    assert len({each["jti"] for each in said}) == 3


async def test_the_same_request_is_repeated_with_a_key_too(
    server: AuthorizationServer, settings: ClientSettings
) -> None:
    """An agent that authenticates by assertions meets the demand in the same way."""
    server.nonce = "nonce-1"
    async with AgentClient(
        server.issuer, "planner", key=ECKey.generate_key("P-256"), dpop=KEY, settings=settings
    ) as agent:
        assert (await token(agent)).value == "token-2"
    assert all("client_assertion" in asked.form for asked in server.exchanges)


@rfc("9449", "8.2", "newest-nonce")
async def test_the_newest_nonce_is_used(bound: AgentClient, server: AuthorizationServer) -> None:
    """A nonce that comes with a success takes the place of the one before."""
    for number in (1, 2):
        answer = issued("t", {"identifier": "project:apollo"}, kind="DPoP")
        answer.headers["DPoP-Nonce"] = f"nonce-{number}"
        server.scripted.append(answer)
        await token(bound, UserToken(f"user-{number}"))
    await token(bound, UserToken("last"))
    assert [proved(asked).get("nonce") for asked in server.exchanges] == [None, "nonce-1", "nonce-2"]


@pytest.mark.parametrize("nonce", [None, "", "with blank", 'with"quote', "back\\slash", "x" * 257])
async def test_a_demand_that_brings_no_nonce_is_a_refusal(
    bound: AgentClient, server: AuthorizationServer, nonce: str | None
) -> None:
    """Where nothing usable was given, the request is not sent again."""
    server.scripted.append(refused("use_dpop_nonce", nonce=nonce))
    with pytest.raises(Exception, match="use_dpop_nonce"):
        await token(bound)
    assert len(server.exchanges) == 1


async def test_a_server_that_never_has_enough_is_believed(bound: AgentClient, server: AuthorizationServer) -> None:
    """A second demand in a row is a refusal, so that nobody runs in circles."""
    server.scripted.extend(refused("use_dpop_nonce", nonce=f"nonce-{number}") for number in range(3))
    with pytest.raises(Exception, match="use_dpop_nonce"):
        await token(bound)
    assert len(server.exchanges) == 2


@pytest.mark.threat("29")
@rfc("9449", "5", "unbound-answer")
async def test_a_token_that_was_not_bound_is_discarded(bound: AgentClient, server: AuthorizationServer) -> None:
    """Having sent a proof, the agent takes no bearer token in return, for itself as little as for a user."""
    server.scripted.extend(issued("t", {"identifier": "project:apollo"}, kind="Bearer") for _ in range(2))
    with pytest.raises(UnexpectedAnswer):
        await token(bound)
    with pytest.raises(UnexpectedAnswer):
        await bound.own_token()
    assert (await token(bound)).value == "token-3"


async def test_an_agents_own_token_is_bound_too(bound: AgentClient, server: AuthorizationServer) -> None:
    """The client credentials grant gets a proof like any other."""
    server.nonce = "nonce-1"
    assert (await bound.own_token()).value == "token-2"
    assert [asked.form["grant_type"] for asked in server.exchanges] == ["client_credentials"] * 2


async def test_a_held_token_is_held_with_its_key(bound: AgentClient, server: AuthorizationServer) -> None:
    """A token that is held is handed out again without a question."""
    assert await token(bound) == await token(bound)
    assert len(server.exchanges) == 1


@dataclass(slots=True)
class Service:
    """Notes what it gets, and answers as it was told, then with 200."""

    address: str = ""
    answers: deque[Response] = field(default_factory=deque)
    seen: list[Asked] = field(default_factory=list)

    def application(self) -> Starlette:
        """Return the application that speaks for this service."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        self.seen.append(Asked(request.url.path, request.headers, await request.body()))
        return self.answers.popleft() if self.answers else PlainTextResponse("")


@pytest.fixture
def service(second_stage: Stage) -> Service:
    """A service on loopback that saw nothing yet."""
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    return service


@pytest.fixture
async def http(bound: AgentClient, service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    """The agent's HTTP client for that service."""
    auth = bound.auth(ANNE, resource=service.address, identifier="project:apollo", roles=["editor"])
    async with httpx2.AsyncClient(auth=auth, base_url=service.address) as http:
        yield http


def demand(nonce: str | None) -> Response:
    """Return how a service asks for a nonce."""
    given = {} if nonce is None else {"DPoP-Nonce": nonce}
    return Response(status_code=401, headers={"WWW-Authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"', **given})


@rfc("9449", "4.2", "token-hash", "proof-id")
@rfc("9449", "7", "proof-with-each-request")
async def test_each_request_proves_the_key_for_itself(http: httpx2.AsyncClient, service: Service) -> None:
    """A proof names method, address without query, and the token, and no two are the same."""
    await http.get("/a?query=1")
    await http.post("/b", content=b"text")
    said = [proved(asked) for asked in service.seen]
    assert [asked.headers["authorization"] for asked in service.seen] == ["DPoP token-1"] * 2
    assert [(each["htm"], each["htu"]) for each in said] == [
        ("GET", f"{service.address}/a"),
        ("POST", f"{service.address}/b"),
    ]
    assert {each["ath"] for each in said} == {ath("token-1")}
    assert len({each["jti"] for each in said}) == 2


@rfc("9449", "4.2", "nonce-claim")
@rfc("9449", "9", "nonce-of-its-server")
async def test_a_service_may_ask_for_a_nonce_of_its_own(
    http: httpx2.AsyncClient, service: Service, server: AuthorizationServer
) -> None:
    """The request is sent once more, whole; the nonce is used with this service, and with no other server."""
    server.nonce = "nonce-of-the-server"
    service.answers.append(demand("nonce-of-the-service"))
    answer = await http.post("/a", content=b"whole")
    await http.get("/b")
    assert answer.status_code == 200
    assert [asked.body for asked in service.seen] == [b"whole", b"whole", b""]
    assert [proved(asked).get("nonce") for asked in service.seen] == [None, *["nonce-of-the-service"] * 2]
    assert [proved(asked).get("nonce") for asked in server.exchanges] == [None, "nonce-of-the-server"]
    assert {asked.headers["authorization"] for asked in service.seen} == {"DPoP token-2"}


@pytest.mark.parametrize(("nonces", "sent"), [(["one", "two", "three"], 2), ([None, None], 1), (["not one", None], 1)])
async def test_a_demand_is_met_once_and_only_with_a_nonce(
    http: httpx2.AsyncClient, service: Service, nonces: list[str | None], sent: int
) -> None:
    """A service that goes on asking, or gives nothing, is answered no more, and the token is kept."""
    service.answers.extend(demand(nonce) for nonce in nonces)
    assert (await http.get("/")).status_code == 401
    assert len(service.seen) == sent
    assert {asked.headers["authorization"] for asked in service.seen} == {"DPoP token-1"}


async def test_a_dead_token_is_replaced_after_the_nonce_was_given(http: httpx2.AsyncClient, service: Service) -> None:
    """A 401 without a demand means the token: the request goes out with a new one, and with the nonce."""
    service.answers.extend([demand("one"), Response(status_code=401)])
    assert (await http.get("/")).status_code == 200
    assert [asked.headers["authorization"] for asked in service.seen] == ["DPoP token-1"] * 2 + ["DPoP token-2"]
    assert proved(service.seen[-1])["nonce"] == "one"
    assert proved(service.seen[-1])["ath"] == ath("token-2")


async def test_a_nonce_of_elsewhere_is_not_told(bound: AgentClient, service: Service) -> None:
    """Each of two services is told its own nonce alone."""
    other = Service()
    async with serving(lambda _: other.application()) as address:
        for one, where in ((service, service.address), (other, address)):
            one.answers.append(demand(f"nonce-of-{where[-2:]}"))
            auth = bound.auth(ANNE, resource=where, identifier="project:apollo", roles=["editor"])
            async with httpx2.AsyncClient(auth=auth) as http:
                await http.get(f"{where}/")
        assert proved(service.seen[-1])["nonce"] == f"nonce-of-{service.address[-2:]}"
        assert proved(other.seen[-1])["nonce"] == f"nonce-of-{address[-2:]}"
        assert "nonce" not in proved(other.seen[0])
