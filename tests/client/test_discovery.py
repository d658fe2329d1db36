"""Where a client looks for an issuer's endpoints, and what it refuses to believe."""

import asyncio

import pytest

from delegation.client import AgentClient, UnexpectedAnswer, UntrustedIssuer, UserToken
from delegation.client.issuer.discovery import well_known
from tests.client.authorization_server import AuthorizationServer
from tests.client.samples import SECRET
from tests.conformance import rfc

pytestmark = pytest.mark.anyio


async def ask(agent: AgentClient, name: str = "apollo") -> str:
    """Return a token."""
    token = await agent.token(
        UserToken("anne"),
        resource="https://a.example",
        identifier=f"project:{name}",
        roles=["editor"],
    )
    return token.value


@pytest.mark.parametrize(
    ("issuer", "address"),
    [
        ("https://as.example", "https://as.example/.well-known/authzen-configuration"),
        ("https://as.example/", "https://as.example/.well-known/authzen-configuration"),
        ("https://as.example/t1", "https://as.example/.well-known/authzen-configuration/t1"),
        (
            "https://as.example:8/t%2F1/",
            "https://as.example:8/.well-known/authzen-configuration/t%2F1",
        ),
    ],
)
@rfc("8414", "3", "well-known")
def test_a_document_lies_between_host_and_path(issuer: str, address: str) -> None:
    """The well-known part is put before the issuer's path, as it is written (RFC 8414 §3.1)."""
    assert well_known(issuer, "authzen-configuration") == address


async def test_endpoints_are_looked_up_once(agent: AgentClient, server: AuthorizationServer) -> None:
    """However many ask at once, the metadata is fetched one time."""
    await asyncio.gather(*(ask(agent, str(number)) for number in range(5)))
    assert [asked.path for asked in server.asked].count("/.well-known/oauth-authorization-server") == 1


@pytest.mark.parametrize("suffix", ["/", "/other", "x"])
@rfc("8414", "3.3", "identical-issuer")
@rfc("8414", "6.2", "impersonation")
async def test_metadata_of_another_issuer_is_refused(
    agent: AgentClient, server: AuthorizationServer, suffix: str
) -> None:
    """The issuer named must be identical to the one configured, slash included (RFC 8414 §3.3)."""
    server.metadata = {"issuer": server.issuer + suffix}
    with pytest.raises(UntrustedIssuer):
        await ask(agent)
    assert server.exchanges == []


async def test_metadata_without_an_issuer_is_refused(agent: AgentClient, server: AuthorizationServer) -> None:
    """Metadata that names nobody speaks for nobody; the next call looks again."""
    server.metadata = {"issuer": None}
    with pytest.raises(UntrustedIssuer):
        await ask(agent)
    server.metadata = {}
    assert await ask(agent) == "token-1"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://as.example/token",
        "//as.example/token",
        "/token",
        "ftp://127.0.0.1/",
        "https://127.0.0.1:99999/",
        "",
        None,
        7,
    ],
)
async def test_nothing_is_sent_to_an_endpoint_that_others_could_read(
    agent: AgentClient, server: AuthorizationServer, endpoint: object
) -> None:
    """An endpoint is an absolute https address, or one of this machine."""
    server.metadata = {"token_endpoint": endpoint}
    with pytest.raises(UnexpectedAnswer, match="token_endpoint"):
        await ask(agent)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://as.example",
        "http://192.0.2.1",
        "https://as.example?x",
        "https://as.example#x",
        "https://user:secret-canary@as.example",
        "https:///",
        "as.example",
        "http://[::1",
        "",
    ],
)
@rfc("8414", "2", "issuer")
def test_an_issuer_is_an_https_address(issuer: str) -> None:
    """Query, fragment, user and plain http to another machine are refused (RFC 8414 §2)."""
    with pytest.raises(UntrustedIssuer):
        AgentClient(issuer, "planner", secret=SECRET)


@pytest.mark.parametrize(
    "issuer",
    ["https://as.example/t1", "http://localhost:8400", "http://127.0.0.1:8400", "http://[::1]:84"],
)
def test_an_issuer_may_have_a_path_and_may_be_this_machine(issuer: str) -> None:
    """Plain http serves for trying things out on one machine."""
    assert AgentClient(issuer, "planner", secret=SECRET).issuer == issuer


async def test_missing_metadata_is_an_error_that_names_the_address(
    server: AuthorizationServer,
) -> None:
    """A wrong issuer address is told in a way that can be acted on."""
    issuer = f"{server.issuer}/nowhere"
    async with AgentClient(issuer, "planner", secret=SECRET) as agent:
        with pytest.raises(UnexpectedAnswer, match="oauth-authorization-server/nowhere` answered"):
            await ask(agent)
