"""How a client proves who it is."""

import base64
import logging
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from delegation.client import AgentClient, ClientSettings, ServiceClient, UserToken
from delegation.client.issuer.credentials import PrivateKey
from tests.client.authorization_server import AuthorizationServer
from tests.client.samples import SECRET
from tests.clock import NOON, Clock

pytestmark = pytest.mark.anyio

ANNE = UserToken("anne-token-canary")
P256 = ECKey.generate_key("P-256", auto_kid=True)
ED25519 = OKPKey.generate_key("Ed25519")


async def ask(agent: AgentClient, name: str = "apollo") -> None:
    """Make one exchange."""
    await agent.token(ANNE, resource="https://a.example", identifier=f"project:{name}", roles=["editor"])


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(P256, "ES256"), (ED25519, "Ed25519"), (P256.as_dict(private=True), "ES256")],
)
async def test_an_assertion_is_for_this_issuer_alone_and_good_once(
    server: AuthorizationServer,
    settings: ClientSettings,
    clock: Clock,
    key: ECKey | OKPKey,
    algorithm: str,
) -> None:
    """Each request carries a typed assertion whose sole audience is the issuer (RFC 10070)."""
    public: Key = P256 if algorithm == "ES256" else ED25519
    async with AgentClient(server.issuer, "planner", key=key, settings=settings) as agent:
        await ask(agent)
        clock.advance(timedelta(seconds=1))
        await ask(agent, "zeus")
    tokens = [jwt.decode(asked.form["client_assertion"], public, algorithms=[algorithm]) for asked in server.exchanges]
    assert tokens[0].header == {
        "alg": algorithm,
        "typ": "client-authentication+jwt",
        "kid": public.thumbprint(),
    }
    noon = int(NOON.timestamp())
    assert [(token.claims.pop("jti") != "", token.claims) for token in tokens] == [
        (True, claims_of(server.issuer, noon)),
        (True, claims_of(server.issuer, noon + 1)),
    ]
    assert server.exchanges[0].form["client_id"] == "planner"
    assert "authorization" not in server.exchanges[0].headers


def claims_of(issuer: str, issued_at: int) -> dict[str, object]:
    """Return the claims of an assertion, all but its `jti`."""
    return {
        "iss": "planner",
        "sub": "planner",
        "aud": issuer,
        "iat": issued_at,
        "exp": issued_at + 60,
    }


async def test_no_identifier_of_an_assertion_comes_twice(server: AuthorizationServer) -> None:
    """Every assertion has a `jti` of its own, of at least 128 random bits."""
    async with AgentClient(server.issuer, "planner", key=P256) as agent:
        for number in range(5):
            await ask(agent, str(number))
    seen = {
        jwt.decode(asked.form["client_assertion"], P256, algorithms=["ES256"]).claims["jti"]
        for asked in server.exchanges
    }
    assert len(seen) == 5
    assert min(len(identifier) for identifier in seen) >= 22


async def test_a_secret_travels_form_encoded_in_the_basic_header(
    server: AuthorizationServer,
) -> None:
    """Client id and secret are form-encoded each by itself before Basic (RFC 6749 §2.3.1)."""
    async with AgentClient(server.issuer, "plan:ner", secret="a b%+ü") as agent:
        await ask(agent)
    [asked] = server.exchanges
    scheme, _, pair = asked.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(pair) == b"plan%3Aner:a+b%25%2B%C3%BC"
    assert "client_id" not in asked.form


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (None, None),
        ("", None),
        ("secret", P256),
        (None, {}),
        (None, {"kty": "EC", "crv": "P-256", "x": "private-canary", "y": "?"}),
        (None, P256.as_dict(private=False)),
        (None, OctKey.generate_key(256).as_dict(private=True)),
        (None, RSAKey.generate_key(2048).as_dict(private=True)),
        (None, ECKey.generate_key("P-384")),
        (None, OKPKey.generate_key("X25519")),
    ],
)
def test_a_client_without_one_good_credential_is_never_made(secret: str | None, key: PrivateKey | None) -> None:
    """Exactly one credential is given, and a key is private and of a kind the service knows."""
    with pytest.raises(ValueError, match=r"either `secret` or `key`|`key` is") as caught:
        AgentClient("https://as.example", "planner", secret=secret, key=key)
    assert "canary" not in str(caught.value)


def test_a_client_without_a_name_is_never_made() -> None:
    """An empty `client_id` is a mistake of configuration."""
    with pytest.raises(ValueError, match="client_id"):
        AgentClient("https://as.example", "", secret=SECRET)


def test_a_service_without_an_audience_is_never_made() -> None:
    """An audience that is not set must never mean that none is checked."""
    with pytest.raises(ValueError, match="audience"):
        ServiceClient("https://as.example", "documents", client_secret=SECRET, audience="")


async def test_nothing_secret_is_shown_or_logged(server: AuthorizationServer, caplog: pytest.LogCaptureFixture) -> None:
    """No representation and no log line, at whatever level, holds a token, a secret or a key."""
    caplog.set_level(logging.DEBUG)
    private = P256.as_dict(private=True)["d"]
    async with (
        AgentClient(server.issuer, "planner", secret=SECRET) as agent,
        AgentClient(server.issuer, "planner", key=P256) as other,
    ):
        token = await agent.token(ANNE, resource="https://a.example", identifier="project:a", roles=["editor"])
        await ask(other)
        shown = f"{agent!r} {other!r} {token!r} {ANNE!r} {agent._tokens!r}"  # noqa: SLF001 - private state must not leak either
    assert "token-1" not in shown + caplog.text
    assert "canary" not in shown + caplog.text
    assert str(private) not in shown + caplog.text
    assert "AgentClient(issuer=" in shown
    assert caplog.records
