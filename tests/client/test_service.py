"""What a service asks the authorization service, and what it concludes from the answers."""

import json
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from delegation.client import Allowed, Answer, DelegatedCaller, Denied, ServiceClient, UnexpectedAnswer
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.samples import AUDIENCE
from tests.clock import NOON
from tests.conformance import rfc

pytestmark = pytest.mark.anyio

NOW = int(NOON.timestamp())
CALLER = DelegatedCaller(
    token="token-canary",
    subject="anne",
    actor="planner",
    earlier_actors=(),
    organization="acme",
    details=(),
    expires_at=NOW + 300,
    revision=7,
)


@rfc("8693", "4.1", "outermost-actor")
async def test_a_live_token_tells_who_calls_for_whom(service: ServiceClient, server: AuthorizationServer) -> None:
    """User, agent, earlier agents, organization and details come from the one answer."""
    chain = {"sub": "planner", "act": {"sub": "helper", "act": {"sub": "first"}}}
    server.introspection = live(server.issuer, AUDIENCE, act=chain)
    caller = await service.introspect("token-canary")
    assert server.asked[-1].form == {"token": "token-canary"}
    assert server.asked[-1].headers["authorization"].startswith("Basic ")
    assert caller == DelegatedCaller(
        token="token-canary",
        subject="anne",
        actor="planner",
        earlier_actors=("helper", "first"),
        organization="acme",
        details=tuple(server.introspection["authorization_details"]),
        expires_at=1_925_000_000,
        revision=7,
    )
    assert "canary" not in repr(caller)


@rfc("9700", "2.3", "audience-checked")
@rfc("9700", "4.10.2", "service-audience")
@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"aud": "https://other.example"},
        {"aud": [AUDIENCE, "https://other.example"]},
        {"aud": []},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": NOW},
        {"cnf": {"jkt": "thumbprint"}},
        {"token_type": "DPoP"},
        {"act": None},
    ],
    ids=str,
)
async def test_a_token_that_is_not_good_here_is_nobodys(
    service: ServiceClient, server: AuthorizationServer, change: dict[str, Any]
) -> None:
    """Dead, foreign, ended, key-bound and undelegated tokens are all the same: not good here."""
    server.introspection = live(server.issuer, AUDIENCE, **change)
    assert await service.introspect("token") is None


async def test_a_sole_audience_may_stand_in_a_list(service: ServiceClient, server: AuthorizationServer) -> None:
    """One audience in a list means the same as the audience alone (RFC 7519 §4.1.3)."""
    server.introspection = live(server.issuer, AUDIENCE, aud=[AUDIENCE])
    assert await service.introspect("token") is not None


@pytest.mark.parametrize(
    "change",
    [
        {"active": "true"},
        {"active": 1},
        {"active": None},
        {"exp": "2031"},
        {"exp": True},
        {"exp": 1 << 53},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"org_id": None},
        {"token_type": None},
        {"act": "planner"},
        {"act": {}},
        {"act": {"sub": "planner", "act": []}},
        {"authorization_details": None},
        {"authorization_details": ["all"]},
    ],
    ids=str,
)
async def test_an_answer_that_leaves_it_open_is_an_error(
    service: ServiceClient, server: AuthorizationServer, change: dict[str, Any]
) -> None:
    """Nothing is concluded from an answer that is not what RFC 7662 §2.2 says."""
    server.introspection = live(server.issuer, AUDIENCE, **change)
    with pytest.raises(UnexpectedAnswer):
        await service.introspect("token")


async def test_a_question_names_token_permission_and_resource(
    service: ServiceClient, server: AuthorizationServer
) -> None:
    """The token itself is the subject, and its organization says which resource is meant."""
    server.evaluation = {"decision": True, "context": {"revision": 9}}
    assert await service.evaluate(CALLER, "document:edit", "app:storefront") == Allowed(9)
    assert json.loads(server.asked[-1].body) == {
        "subject": {"type": "token", "id": "token-canary"},
        "action": {"name": "document:edit"},
        "resource": {
            "type": "app",
            "id": "storefront",
            "properties": {"organization": "acme"},
        },
    }
    assert server.asked[-1].headers["authorization"].startswith("Basic ")


async def test_a_denial_keeps_reason_and_failing_term(service: ServiceClient, server: AuthorizationServer) -> None:
    """What the authorization service explains is not lost on the way."""
    failing = {"term": "delegation", "delegation_id": "dlg_1"}
    context = {"reason": "not_held", "detail": "no role", "failing": failing, "revision": 9}
    server.evaluation = {"decision": False, "context": context}
    answer = await service.evaluate(CALLER, "document:edit", "app:storefront")
    assert answer == Denied("not_held", "no role", failing, 9)


@pytest.mark.parametrize("answer", [Allowed(9), Denied("not_held", "", {}, 9)])
def test_an_answer_is_neither_true_nor_false(answer: Answer) -> None:
    """Whoever forgets to ask which it is learns that at once, and lets nobody in."""
    with pytest.raises(TypeError, match="Allowed"):
        bool(answer)


async def test_a_denial_needs_no_context(service: ServiceClient, server: AuthorizationServer) -> None:
    """A bare no is a no."""
    server.evaluation = {"decision": False}
    answer = await service.evaluate(CALLER, "document:edit", "app:storefront")
    assert answer == Denied("not_stated", "", {}, None)


@pytest.mark.parametrize(
    "answer",
    [
        Response("yes"),
        JSONResponse({}),
        JSONResponse({"decision": "true"}),
        JSONResponse({"decision": 1}),
        JSONResponse({"decision": None}),
        JSONResponse({"decision": True, "context": "fine"}),
        Response('{"decision": false, "decision": true}'),
        JSONResponse({"decision": True}, 201),
        JSONResponse({"decision": True}, 401),
        Response(status_code=302),
    ],
)
async def test_nothing_unclear_is_taken_for_a_yes(
    service: ServiceClient, server: AuthorizationServer, answer: Response
) -> None:
    """Only `decision: true` in a well-formed 200 allows."""
    server.scripted.append(answer)
    with pytest.raises(UnexpectedAnswer):
        await service.evaluate(CALLER, "document:edit", "app:storefront")


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "app",
        "app:",
        ":a",
        "app:*",
        "app:a:b",
        "app:a#b",
        "app:a b",
        "app:\n",
        "app:" + "a" * 257,
        "a" * 257 + ":a",
        "a b:a",
        "\ud800:a",
    ],
)
async def test_what_cannot_be_a_reference_is_denied_without_asking(
    service: ServiceClient, server: AuthorizationServer, resource: str
) -> None:
    """A caller's odd path parameter names nothing, and is not repaired into something."""
    answer = await service.evaluate(CALLER, "document:edit", resource)
    assert answer == Denied("malformed_resource", "", {}, 7)
    assert server.asked == []


async def test_the_same_question_is_asked_every_time(service: ServiceClient, server: AuthorizationServer) -> None:
    """No decision is remembered: the second answer counts, although the first said yes."""
    first = await service.evaluate(CALLER, "document:edit", "app:storefront")
    server.evaluation = {"decision": False}
    second = await service.evaluate(CALLER, "document:edit", "app:storefront")
    assert (type(first), type(second)) == (Allowed, Denied)
