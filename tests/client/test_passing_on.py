"""The agent's side of chains: passing on, ending, narrowing, and the agent's own token."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest

from delegation.client import AgentClient, Child, Receipt, Refused, UnexpectedAnswer, Wanted, Widening, Widens
from delegation.client.agent.delegated_token import own_token_in
from delegation.client.agent.passing_on import Passed, body_of, passed_in
from tests.client.test_with_the_service import APOLLO, DOCUMENTS, Deployment, agent, deployment, prepared

__all__ = ["agent", "deployment", "prepared"]

pytestmark = pytest.mark.anyio

CHILD: Final[Child] = {
    "organization": "acme",
    "agent": "researcher",
    "resource": "project:apollo",
    "roles": ["project-viewer"],
    "lifetime": timedelta(minutes=5),
    "unattended": True,
}
VIEW: Final[Wanted] = {**APOLLO, "roles": ["project-viewer"]}
NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)


def lent(deployment: Deployment, *, depth: int) -> tuple[str, Receipt]:
    """Let the agent edit beneath apollo and pass it on; returns the delegation and its receipt."""
    wish: dict[str, Any] = {"agent": "helper", "resource": "project:apollo", "roles": ["project-editor"]}
    wish |= {"organization": "acme", "expires_in": 600, "unattended": True, "depth": depth}
    made = deployment.ask("POST", "/delegations", deployment.anne("/delegations"), **wish)
    return made["id"], Receipt(made["receipt"])


async def test_an_agent_passes_on_and_ends_again(deployment: Deployment, agent: AgentClient) -> None:
    """The other agent works by the receipt it was handed, until the first one ends what it passed on."""
    if "researcher" not in deployment.secrets:
        deployment.register("agents", "researcher", {"ceiling": "none"}, secret=True)
    parent, _ = lent(deployment, depth=1)
    passed = await agent.delegate(parent, **CHILD)
    assert (passed.agent, passed.withheld) == ("researcher", frozenset())
    assert passed.receipt is not None
    async with AgentClient(deployment.issuer, "researcher", secret=deployment.secrets["researcher"]) as other:
        token = await other.token(passed.receipt, **VIEW)
        assert token.delegation == passed.delegation
        assert token.actions == frozenset({"app:view", "document:view", "project:view"})
        await agent.end(passed.delegation, organization="acme")
        other.forget(token)
        with pytest.raises(Refused, match="the delegation is revoked"):
            await other.token(passed.receipt, **VIEW)
        with pytest.raises(Refused, match="not_found"):
            await other.end(parent, organization="acme")


async def test_what_would_widen_is_told_by_name(deployment: Deployment, agent: AgentClient) -> None:
    """The agent learns at once everything that it has to take less of."""
    if "researcher" not in deployment.secrets:
        deployment.register("agents", "researcher", {"ceiling": "none"}, secret=True)
    parent, _ = lent(deployment, depth=1)
    wide: Child = {**CHILD, "lifetime": timedelta(hours=1), "depth": 1}
    with pytest.raises(Widens) as refusal:
        await agent.delegate(parent, **wide)
    assert [widening.code for widening in refusal.value.widenings] == ["expires_at", "depth"]


async def test_an_agent_narrows_a_token_it_holds(deployment: Deployment, agent: AgentClient) -> None:
    """What is asked by a token is a part of it and ends with it."""
    _, receipt = lent(deployment, depth=0)
    token = await agent.token(receipt, **APOLLO)
    small = await agent.narrow(
        token, resource=DOCUMENTS, identifier="app:storefront", roles=["app-viewer"], actions=["app:view"]
    )
    assert (small.identifier, small.delegation) == ("app:storefront", token.delegation)
    assert small.actions == frozenset({"app:view"})
    assert small.expires_at <= token.expires_at + timedelta(seconds=1)
    await agent.revoke(token)
    async with deployment.service("documents", DOCUMENTS) as documents:
        assert await documents.introspect(small.value) is None


async def test_an_agents_own_token_is_told_apart(deployment: Deployment, agent: AgentClient) -> None:
    """It has an end, is no token for a service, and shows itself in no text."""
    own = await agent.own_token()
    assert own.expires_at > NOW - timedelta(days=10_000)
    assert own.value not in repr(own)
    async with deployment.service("documents", DOCUMENTS) as documents:
        assert await documents.introspect(own.value) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"agent": ""},
        {"organization": ""},
        {"resource": ""},
        {"roles": []},
        {"roles": "project-viewer"},
        {"permissions": []},
        {"lifetime": timedelta(0)},
    ],
)
async def test_nothing_indefinite_is_passed_on(changed: dict[str, Any]) -> None:
    """An empty list or name is refused before anything is sent: it must never mean everything."""
    wanted: Child = {**CHILD, **changed}  # type: ignore[typeddict-item]  # what a caller without types may write
    with pytest.raises(ValueError, match=r"names|list|second"):
        body_of(wanted)


def answered(status: int, **members: object) -> httpx2.Response:
    """Return an answer with these members."""
    return httpx2.Response(status, json=members)


async def test_an_answer_is_read_strictly() -> None:
    """A child is what the service clearly tells; a receipt is there only where one was given."""
    good: dict[str, object] = {"id": "dlg_1", "agent": "x", "expires_at": 1_893_456_000, "withheld": ["app:edit"]}
    assert passed_in(answered(201, **good)) == Passed("dlg_1", "x", NOW, frozenset({"app:edit"}), None)
    assert passed_in(answered(201, **good, receipt="eyJ")).receipt == Receipt("eyJ")
    for wrong in ({"withheld": None}, {"expires_at": 0}, {"expires_at": 10**15}, {"id": 7}):
        with pytest.raises(UnexpectedAnswer):
            passed_in(answered(201, **{**good, **wrong}))


async def test_a_refusal_is_read_as_what_it_is() -> None:
    """Widening is a class of its own; what is no object in it is no answer."""
    told = {"code": "widens", "detail": "too much", "widens": [{"code": "roles", "beyond": ["app:edit"]}]}
    with pytest.raises(Widens) as refusal:
        passed_in(answered(422, **told))
    assert refusal.value.widenings == (Widening("roles", ("app:edit",)),)
    with pytest.raises(Refused, match="no_depth"):
        passed_in(answered(422, code="no_depth"))
    with pytest.raises(UnexpectedAnswer):
        passed_in(answered(422, code="widens", widens=["roles"]))


async def test_an_own_token_is_read_strictly() -> None:
    """A refusal is told as such, and a life out of bounds is no answer."""
    with pytest.raises(Refused, match="unauthorized_client"):
        own_token_in(answered(400, error="unauthorized_client"), NOW)
    with pytest.raises(UnexpectedAnswer):
        own_token_in(answered(200, access_token="eyJ", expires_in=0), NOW)
