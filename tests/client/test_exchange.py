"""What an agent asks at the token endpoint, and what it makes of the answer."""

import asyncio
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from delegation.client import (
    AgentClient,
    AmbiguousDelegation,
    ConsentRequired,
    Receipt,
    Refused,
    Subject,
    UnexpectedAnswer,
    UserToken,
)
from delegation.client.agent.token_request import Wanted
from tests.client.authorization_server import AuthorizationServer, issued, refused
from tests.client.samples import SECRET
from tests.conformance import rfc

pytestmark = pytest.mark.anyio

ANNE = UserToken("anne-token-canary")
DETAILS = {"type": "resource_role", "identifier": "project:apollo", "privileges": ["editor"]}
WHERE = "https://documents.example"
KIND = "urn:ietf:params:oauth:token-type:access_token"
BARE = {"access_token": "t", "issued_token_type": KIND, "token_type": "Bearer", "expires_in": 300}
WHOLE = {**BARE, "authorization_details": [DETAILS]}


async def ask(agent: AgentClient, subject: Subject = ANNE) -> str:
    """Return the token for the editor's role on apollo."""
    token = await agent.token(subject, resource=WHERE, identifier="project:apollo", roles=["editor"])
    return token.value


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (UserToken("text"), "urn:ietf:params:oauth:token-type:access_token"),
        (Receipt("text"), "urn:ietf:params:oauth:token-type:jwt"),
    ],
)
async def test_a_request_says_what_the_subject_token_is(
    agent: AgentClient, server: AuthorizationServer, subject: Subject, kind: str
) -> None:
    """The declared type follows from the kind of subject, never from its looks (RFC 8693 §2.1)."""
    await ask(agent, subject)
    [asked] = server.exchanges
    assert asked.form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "text",
        "subject_token_type": kind,
        "resource": WHERE,
        "authorization_details": asked.form["authorization_details"],
    }


async def test_a_request_carries_everything_that_was_named_and_nothing_else(
    agent: AgentClient, server: AuthorizationServer
) -> None:
    """Details hold exactly the members given, in one canonical order (RFC 9396 §2)."""
    await ask(agent)
    await agent.token(
        ANNE,
        resource=WHERE,
        identifier="project:apollo",
        roles=["viewer", "editor", "viewer"],
        actions=["document:edit"],
        delegation="dlg_1",
        organization="acme",
    )
    assert [asked.details for asked in server.exchanges] == [
        DETAILS,
        {
            **DETAILS,
            "privileges": ["editor", "viewer"],
            "actions": ["document:edit"],
            "delegation_id": "dlg_1",
            "organization": "acme",
        },
    ]


async def test_an_answer_becomes_a_token_that_says_what_it_allows(
    agent: AgentClient, server: AuthorizationServer
) -> None:
    """The token tells where it counts, what it allows there, and under which delegation."""
    token = await agent.token(ANNE, resource=WHERE, identifier="project:apollo", roles=["editor"])
    assert (token.identifier, token.delegation) == ("project:apollo", "dlg_1")
    assert token.actions == frozenset({"document:edit"})
    assert token.value == "token-1"
    assert len(server.exchanges) == 1


@rfc("6749", "5.1", "client-ignores")
async def test_an_answer_may_say_more_than_is_understood(agent: AgentClient, server: AuthorizationServer) -> None:
    """Members that the library does not know change nothing."""
    details = [{**DETAILS, "colour": "red"}]
    server.scripted.append(JSONResponse({**BARE, "authorization_details": details, "hint": {"x": [1]}}))
    assert await ask(agent) == "t"


async def test_an_answer_may_leave_the_actions_open(agent: AgentClient, server: AuthorizationServer) -> None:
    """Actions that are not stated are unknown, which is something else than none."""
    server.scripted.append(issued("t", {"identifier": "project:apollo", "actions": None}))
    token = await agent.token(ANNE, resource=WHERE, identifier="project:apollo", roles=["editor"])
    assert token.actions is None


NOTHING_DEFINITE: list[Wanted] = [
    {"resource": "", "identifier": "project:apollo", "roles": ["editor"]},
    {"resource": WHERE, "identifier": "", "roles": ["editor"]},
    {"resource": WHERE, "identifier": "project:apollo", "roles": []},
    {"resource": WHERE, "identifier": "project:apollo", "roles": "editor"},
    {"resource": WHERE, "identifier": "project:apollo", "roles": ["editor"], "actions": []},
]


@pytest.mark.parametrize("wanted", NOTHING_DEFINITE)
async def test_a_request_for_nothing_definite_never_leaves(
    agent: AgentClient, server: AuthorizationServer, wanted: Wanted
) -> None:
    """An empty value is refused before anything is sent: it must never come to mean everything."""
    with pytest.raises(ValueError, match=r"names a subject|list of at least one slug"):
        await agent.token(ANNE, **wanted)
    assert server.asked == []


async def test_missing_consent_names_where_a_person_can_give_it(
    agent: AgentClient, server: AuthorizationServer
) -> None:
    """An answer with `consent_uri` is its own error, which carries the address."""
    server.scripted.append(refused("invalid_request", error_description="no", consent_uri="https://as.example/grant"))
    with pytest.raises(ConsentRequired, match="invalid_request: no") as caught:
        await ask(agent)
    assert caught.value.consent_uri == "https://as.example/grant"


async def test_several_delegations_are_named_so_that_one_can_be_chosen(
    agent: AgentClient, server: AuthorizationServer
) -> None:
    """An answer with candidates is its own error, which carries them."""
    server.scripted.append(refused("invalid_request", delegations=["dlg_1", "dlg_2"]))
    with pytest.raises(AmbiguousDelegation) as caught:
        await ask(agent)
    assert caught.value.delegations == ("dlg_1", "dlg_2")


@pytest.mark.parametrize(("error", "status"), [("invalid_authorization_details", 400), ("invalid_client", 401)])
async def test_any_other_no_keeps_its_registered_code(
    agent: AgentClient, server: AuthorizationServer, error: str, status: int
) -> None:
    """A refusal is told by its code and description, and is asked again on the next call."""
    server.scripted.append(refused(error, status, error_description="beyond it\n\x1b[31m"))
    with pytest.raises(Refused) as caught:
        await ask(agent)
    assert (caught.value.error, caught.value.description) == (error, "beyond it??[31m")
    assert await ask(agent) == "token-2"


@rfc("6749", "7.1", "unknown-token-type")
@pytest.mark.parametrize(
    "answer",
    [
        Response("no JSON"),
        Response('{"access_token": "a", "access_token": "b"}'),
        Response('{"expires_in": NaN}'),
        Response("[" * 100_000),
        JSONResponse([]),
        JSONResponse({}),
        issued("t", {"identifier": "project:apollo"}, kind="DPoP"),
        JSONResponse({**WHOLE, "expires_in": "300"}),
        JSONResponse({**WHOLE, "expires_in": True}),
        JSONResponse(BARE),
        JSONResponse({**WHOLE, "expires_in": 10**20}),
        issued("two words", {"identifier": "project:apollo"}),
        issued("two\r\nlines: of a header", {"identifier": "project:apollo"}),
        issued("t", {"actions": "document:edit", "identifier": "project:apollo"}),
        issued("", {"identifier": "project:apollo"}),
        issued("t", {}),
        JSONResponse({**WHOLE, "issued_token_type": None}),
        JSONResponse({**WHOLE, "issued_token_type": KIND.replace("access", "refresh")}),
        JSONResponse({name: value for name, value in WHOLE.items() if name != "issued_token_type"}),
        JSONResponse({**BARE, "authorization_details": []}),
        JSONResponse({**BARE, "authorization_details": ["all"]}),
        JSONResponse({**BARE, "authorization_details": [DETAILS, DETAILS]}),
        issued("t", {"identifier": "project:apollo"}, lifetime=0),
        issued("t", {"identifier": "project:apollo"}, lifetime=10**9),
        JSONResponse({"no_error": "code"}, 400),
        Response(status_code=302, headers={"Location": "https://elsewhere.example"}),
    ],
)
async def test_an_answer_outside_the_protocol_gives_no_token(
    agent: AgentClient, server: AuthorizationServer, answer: Response
) -> None:
    """Whatever is not clearly a token or a refusal is an error, and is not kept."""
    server.scripted.append(answer)
    with pytest.raises(UnexpectedAnswer):
        await ask(agent)
    server.scripted.append(JSONResponse(WHOLE))
    assert await ask(agent) == "t"


async def test_revoking_sends_the_token_and_forgets_it(agent: AgentClient, server: AuthorizationServer) -> None:
    """A token that was given back is never handed out again (RFC 7009 §2.1)."""
    token = await agent.token(ANNE, resource=WHERE, identifier="project:apollo", roles=["editor"])
    await agent.revoke(token)
    assert server.asked[-1].path == "/revoke"
    assert server.asked[-1].form == {"token": "token-1"}
    assert await ask(agent) == "token-2"


async def test_a_refused_revocation_is_told(agent: AgentClient, server: AuthorizationServer) -> None:
    """Nobody is left to believe that something was ended which was not."""
    server.scripted.append(refused("invalid_client", 401))
    with pytest.raises(Refused, match="invalid_client"):
        await agent.revoke(Receipt("receipt"))


@pytest.mark.parametrize("wrong", [{"action": ["document:view"]}, {"step_up": ["document:view"]}])
async def test_a_misspelt_keyword_asks_for_nothing(
    agent: AgentClient, server: AuthorizationServer, wrong: dict[str, Any]
) -> None:
    """A narrowing that nobody understands must not come out as a request for everything."""
    with pytest.raises(TypeError, match=next(iter(wrong))):
        await agent.token(ANNE, resource=WHERE, identifier="project:apollo", roles=["editor"], **wrong)
    assert server.exchanges == []


async def test_what_was_got_by_what_has_ended_is_held_no_longer(server: AuthorizationServer) -> None:
    """With a receipt, or a token, end the tokens that were got by it, however indirectly; others are still held."""
    receipt = Receipt("receipt")
    wanted: Wanted = {"resource": WHERE, "identifier": "project:apollo", "roles": ["editor"]}
    async with AgentClient(server.issuer, "planner", secret=SECRET) as agent:
        parent = await agent.token(receipt, **wanted)
        child = await agent.narrow(parent, **wanted)
        await agent.narrow(child, **wanted)
        await ask(agent)
        assert len(server.exchanges) == 4
        await agent.revoke(receipt)
        assert await ask(agent) == "token-4"
        assert (await agent.token(receipt, **wanted)).value == "token-5"
        assert (await agent.narrow(parent, **wanted)).value == "token-6"
        assert (await agent.narrow(child, **wanted)).value == "token-7"


async def test_what_was_asked_for_before_an_end_is_not_held(agent: AgentClient, server: AuthorizationServer) -> None:
    """A token that was on its way while its receipt was ended is not handed out a second time."""
    asked, goes = asyncio.Event(), asyncio.Event()

    class Late(JSONResponse):
        @override
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            asked.set()
            await goes.wait()
            await super().__call__(scope, receive, send)

    receipt = Receipt("receipt")
    wanted: Wanted = {"resource": WHERE, "identifier": "project:apollo", "roles": ["editor"]}
    server.scripted.append(Late(WHOLE))
    under_way = asyncio.create_task(agent.token(receipt, **wanted))
    await asked.wait()
    await agent.revoke(receipt)
    for _ in range(2):
        server.scripted.append(refused("invalid_request"))
        with pytest.raises(Refused):
            async with asyncio.timeout(20):
                await agent.token(receipt, **wanted)
        goes.set()
        assert (await under_way).value == "t"
