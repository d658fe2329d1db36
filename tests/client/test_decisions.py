"""Several questions at once, searches, and signed answers, as a service asks and concludes."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response

from delegation.client import Allowed, Answer, Denied, Found, Principal, ServiceClient, UnexpectedAnswer, Until
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.samples import AUDIENCE
from tests.clock import NOON
from tests.conformance import rfc

pytestmark = pytest.mark.anyio

ANNE: Final = Principal("user", "anne", "acme")
ASKED: Final = [("document:edit", "app:storefront"), ("document:view", "app:b c")]
SIGNED: Final = "application/token-introspection+jwt"
KEY: Final = ECKey.generate_key("P-256")
OTHER: Final = ECKey.generate_key("P-256")
NOW: Final = int(NOON.timestamp())
YES: Final[dict[str, Any]] = {"decision": True, "context": {"revision": 7}}
NO: Final[dict[str, Any]] = {"decision": False}


async def test_several_questions_are_one_request(service: ServiceClient, server: AuthorizationServer) -> None:
    """The subject stands above, each question names permission and place; what is no reference is none of ours."""
    error = {"decision": False, "context": {"error": {"status": 400, "message": "no resource"}}}
    server.scripted.append(JSONResponse({"evaluations": [YES, error]}))
    assert await service.evaluate_all(ANNE, ASKED) == (Allowed(7), Denied("malformed", "no resource", {}, None))
    place = {"type": "app", "id": "storefront", "properties": {"organization": "acme"}}
    assert json.loads(server.asked[-1].body) == {
        "subject": {"type": "user", "id": "anne"},
        "evaluations": [
            {"action": {"name": "document:edit"}, "resource": place},
            {"action": {"name": "document:view"}, "resource": None},
        ],
        "options": {"evaluations_semantic": "execute_all"},
    }


async def test_no_questions_need_no_answer(service: ServiceClient, server: AuthorizationServer) -> None:
    """An empty list asks nobody."""
    assert await service.evaluate_all(ANNE, []) == ()
    assert server.asked == []


@pytest.mark.parametrize(
    ("until", "told", "expected"),
    [
        (Until.DENIED, [NO], (Denied("not_stated", "", {}, None),)),
        (Until.ALLOWED, [YES], (Allowed(7),)),
        (Until.DENIED, [YES, YES], (Allowed(7), Allowed(7))),
    ],
)
async def test_answers_may_stop_where_it_was_asked(
    service: ServiceClient,
    server: AuthorizationServer,
    until: Until,
    told: list[dict[str, Any]],
    expected: tuple[Answer, ...],
) -> None:
    """Fewer answers than questions are right where the last one is the one to stop at."""
    server.scripted.append(JSONResponse({"evaluations": told}))
    assert await service.evaluate_all(ANNE, ASKED, until=until) == expected


@pytest.mark.parametrize(
    ("until", "answer"),
    [
        (Until.ALL, {"evaluations": [YES]}),
        (Until.ALL, {"evaluations": [YES, YES, YES]}),
        (Until.DENIED, {"evaluations": [YES]}),
        (Until.ALLOWED, {"evaluations": [NO]}),
        (Until.DENIED, {"evaluations": []}),
        (Until.ALL, {"evaluations": [YES, "yes"]}),
        (Until.ALL, {"evaluations": [YES, {"decision": "true"}]}),
        (Until.ALL, {"evaluations": {}}),
        (Until.ALL, {"decision": True}),
    ],
)
async def test_answers_that_do_not_fit_the_questions_are_an_error(
    service: ServiceClient, server: AuthorizationServer, until: Until, answer: Mapping[str, Any]
) -> None:
    """Nothing is taken for the answer to another question."""
    server.scripted.append(JSONResponse(answer))
    with pytest.raises(UnexpectedAnswer):
        await service.evaluate_all(ANNE, ASKED, until=until)


def page(*results: object, following: str = "") -> Response:
    """Return a page of a search."""
    return JSONResponse({"results": list(results), "page": {"next_token": following}})


async def test_a_search_goes_on_page_after_page(service: ServiceClient, server: AuthorizationServer) -> None:
    """Each page is asked for with the token of the one before, beside the same search."""
    app = {"type": "app", "id": "a"}
    server.scripted += [page(app, following="t1"), page(following="t2"), page({**app, "id": "b"})]
    assert [each async for each in service.search_resources(ANNE, "document:edit", "app")] == ["app:a", "app:b"]
    sent = [json.loads(each.body) for each in server.asked if each.path.endswith("/resource")]
    assert [each.pop("page", None) for each in sent] == [
        {"limit": 500},
        {"limit": 500, "token": "t1"},
        {"limit": 500, "token": "t2"},
    ]
    place = {"type": "app", "properties": {"organization": "acme"}}
    subject = {"type": "user", "id": "anne"}
    assert sent == [{"subject": subject, "action": {"name": "document:edit"}, "resource": place}] * 3


async def test_a_search_for_subjects_tells_who_they_are(service: ServiceClient, server: AuthorizationServer) -> None:
    """Properties come with the result; a place that is no reference is reached by nobody."""
    properties = {"agent": "planner", "user": "anne"}
    server.scripted.append(page({"type": "delegation", "id": "dlg_1", "properties": properties}))
    found = service.search_subjects("delegation", "document:edit", "app:a", organization="acme")
    assert [each async for each in found] == [Found("delegation", "dlg_1", properties)]
    nobody = service.search_subjects("user", "document:edit", "app:a b", organization="acme")
    assert [each async for each in nobody] == []


async def test_a_search_for_actions_is_a_set(service: ServiceClient, server: AuthorizationServer) -> None:
    """The names of all pages; a place that is no reference allows nothing."""
    server.scripted += [page({"name": "document:edit"}, following="t"), page({"name": "document:view"})]
    assert await service.search_actions(ANNE, "app:a") == {"document:edit", "document:view"}
    assert await service.search_actions(ANNE, "app:*") == frozenset()


@pytest.mark.parametrize(
    "answers",
    [
        [JSONResponse({})],
        [JSONResponse({"results": {}})],
        [page("app:a")],
        [page({"type": "project", "id": "a"})],
        [page({"type": "app"})],
        [JSONResponse({"results": [], "page": []})],
        [JSONResponse({"results": [], "page": {"next_token": 5}})],
        [page(following="t"), page(following="t")],
        [JSONResponse({"results": []}, 401)],
    ],
)
async def test_a_search_that_is_not_answered_properly_is_an_error(
    service: ServiceClient, server: AuthorizationServer, answers: list[Response]
) -> None:
    """Neither a result of another type nor a search that turns in a circle is taken for an answer."""
    server.scripted += answers
    with pytest.raises(UnexpectedAnswer):
        assert [each async for each in service.search_resources(ANNE, "document:edit", "app")]


def signed(
    server: AuthorizationServer, *, key: ECKey = KEY, typ: str = "token-introspection+jwt", **claims: Any
) -> str:
    """Return a signed answer about a live token; `claims` replaces what it says."""
    told = {"iss": server.issuer, "aud": "documents", "iat": NOW, "token_introspection": live(server.issuer, AUDIENCE)}
    header = {"typ": typ, "alg": "ES256", "kid": KEY.thumbprint()}
    return jws.serialize_compact(header, json.dumps({**told, **claims}), key)


def publish(server: AuthorizationServer) -> None:
    """Let the server publish its key."""
    public = KEY.as_dict(private=False)
    server.keys = [{**public, "kid": KEY.thumbprint(), "alg": "ES256", "use": "sig"}]


def answer(text: str, media_type: str = SIGNED) -> Response:
    """Return a signed answer as it is sent."""
    return Response(text, media_type=media_type)


@rfc("9701", "4", "accept")
async def test_a_signed_answer_is_asked_for_and_verified(service: ServiceClient, server: AuthorizationServer) -> None:
    """The header asks for it, the published key verifies it, and what it tells is read like the plain answer."""
    publish(server)
    server.introspection = live(server.issuer, AUDIENCE)
    plain = await service.introspect("token")
    server.scripted.append(answer(signed(server)))
    assert await service.introspect("token", signed=True) == plain
    assert next(each for each in server.asked[::-1] if each.path == "/introspect").headers["accept"] == SIGNED


async def test_keys_are_looked_up_again_for_a_new_one_alone(
    service: ServiceClient, server: AuthorizationServer
) -> None:
    """The set is kept until an answer names a key that is not in it."""
    publish(server)
    for _ in range(3):
        server.scripted.append(answer(signed(server)))
        assert await service.introspect("token", signed=True) is not None
    assert len([each for each in server.asked if each.path == "/jwks.json"]) == 1


@rfc("9701", "5", "signed", "issuer", "audience", "time", "members", "type")
@pytest.mark.threat("22")
@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "mail"},
        {"aud": AUDIENCE},
        {"aud": ["documents", "mail"]},
        {"aud": None},
        {"iat": NOW - 120},
        {"iat": NOW + 120},
        {"iat": "now"},
        pytest.param({"iat": 10**400}, id="iat beyond all time"),
        {"token_introspection": None},
        {"token_introspection": [True]},
        {"typ": "at+jwt"},
        {"typ": "JWT"},
        pytest.param({"key": OTHER}, id="another key"),
    ],
    ids=str,
)
async def test_a_signed_answer_that_is_not_for_this_question_is_an_error(
    service: ServiceClient, server: AuthorizationServer, change: dict[str, Any]
) -> None:
    """Another issuer, audience, time, kind or key: nothing is concluded from it."""
    publish(server)
    server.scripted.append(answer(signed(server, **change)))
    with pytest.raises(UnexpectedAnswer):
        await service.introspect("token", signed=True)


@pytest.mark.parametrize(
    "wrong",
    [
        JSONResponse({"active": False}),
        Response("x", media_type=SIGNED),
        Response("a.b.c", media_type=SIGNED),
        Response("", media_type=SIGNED),
        Response(status_code=401),
    ],
)
async def test_an_answer_that_is_not_signed_is_none(
    service: ServiceClient, server: AuthorizationServer, wrong: Response
) -> None:
    """Whoever asked for a signature is content with nothing less."""
    publish(server)
    server.scripted.append(wrong)
    with pytest.raises(UnexpectedAnswer):
        await service.introspect("token", signed=True)
