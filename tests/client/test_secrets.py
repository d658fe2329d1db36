"""What the library shows of itself: never a secret, a token, a receipt or a key."""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse, Response

import delegation.client
from delegation.client import (
    AgentClient,
    ClientSettings,
    DelegatedCaller,
    OwnToken,
    Passed,
    Proof,
    Receipt,
    ServiceClient,
    SyncAgentClient,
    UserToken,
    Wanted,
)
from delegation.client.agent.delegated_token import DelegatedToken
from delegation.client.agent.token_request import HeldToken, request_for
from delegation.client.issuer.json_text import json_object
from delegation.client.service.proof_reading import Presented
from tests.client.authorization_server import AuthorizationServer, issued, refused
from tests.client.samples import token
from tests.client.serving import Stage
from tests.client.test_bearer import Service
from tests.clock import NOON
from tests.ports import free_port

pytestmark = pytest.mark.anyio

CANARY = "canary-w3g8"
KEY = ECKey.generate_key("P-256")
PRIVATE = str(KEY.as_dict(private=True)["d"])
WANTED: Wanted = {"resource": "https://a.example", "identifier": "project:apollo", "roles": ["editor"]}
SUBJECT = Receipt(f"{CANARY}-receipt")
AT = "https://as.example"


def objects() -> list[object]:
    """Return what the library makes and takes, with canaries in it."""
    agent = AgentClient(AT, "planner", secret=CANARY, dpop=KEY)
    blocking = SyncAgentClient(AT, "planner", key=KEY, dpop=KEY)
    return [
        SUBJECT,
        UserToken(CANARY),
        HeldToken(CANARY),
        token(CANARY),
        OwnToken(CANARY, NOON),
        Presented("GET", AT, CANARY),
        Passed("dlg_1", "helper", NOON, frozenset(), SUBJECT),
        request_for(SUBJECT, WANTED),
        request_for(SUBJECT, WANTED).form(),
        json_object(f'{{"access_token": "{CANARY}", "inner": [{{"receipt": "{CANARY}"}}]}}'.encode()),
        agent,
        agent.auth(SUBJECT, **WANTED),
        AgentClient(AT, "planner", key=KEY),
        blocking,
        blocking.auth(SUBJECT, **WANTED),
        ServiceClient(AT, "documents", client_secret=CANARY, audience="https://a.example"),
        ClientSettings(),
    ]


def within(value: object) -> Iterator[object]:
    """Give an object and what it holds, two steps deep: what a debugger shows, or whoever logs `vars`."""
    yield value
    held = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
    held += list(getattr(value, "__dict__", {}).values())
    for each in held:
        if type(each).__module__.startswith("delegation.client"):
            yield each
            yield from getattr(each, "__dict__", {}).values()


def clean(text: str) -> bool:
    """Return whether a text holds nothing secret."""
    return CANARY not in text and PRIVATE not in text


@pytest.mark.parametrize("value", objects(), ids=lambda value: type(value).__name__)
def test_no_object_shows_what_it_holds(value: object) -> None:
    """Whatever is printed, formatted or shown in a collection is free of secrets."""
    for each in {id(each): each for each in within(value)}.values():
        if type(each).__module__.startswith("delegation.client"):
            assert clean(f"{each!r} {each} {[each]} {[each]!s}"), type(each)


def test_no_public_value_has_a_secret_in_a_field_that_is_shown() -> None:
    """Fields that hold secrets by their names are left out of what a dataclass shows."""
    names = {"secret", "client_secret", "value", "text", "token", "key", "dpop", "nonce_key", "receipt"}
    public = [getattr(delegation.client, name) for name in delegation.client.__all__]
    fields = [(each, field) for each in public if dataclasses.is_dataclass(each) for field in dataclasses.fields(each)]
    held = [(each, field) for each, field in fields if field.name in names and "Receipt" not in str(field.type)]
    assert len(held) >= 8
    # The key of a proof and of a caller is a thumbprint, which is public.
    shown = {(str(each), field.name) for each, field in held if field.repr}
    assert shown == {(str(Proof), "key"), (str(DelegatedCaller), "key")}


def shown_by(error: BaseException | None) -> Iterator[str]:
    """Give all that a report of an error may show: its text, what it comes of, and the variables of all but tests."""
    while error is not None:
        yield f"{error!r} {error} {error.args!r} {getattr(error, '__notes__', ())!r} {vars(error)!r}"
        trace = error.__traceback__
        while trace is not None:
            if "/tests/" not in trace.tb_frame.f_code.co_filename:
                yield f"{trace.tb_frame.f_code.co_qualname}: {dict(trace.tb_frame.f_locals)!r}"
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def unusable(**members: object) -> Response:
    """Return an answer that carries a token and cannot be used."""
    answer = json_object(bytes(issued(f"{CANARY}-token", {"identifier": "project:apollo"}).body))
    return JSONResponse({**answer, **members})


Question = Callable[[AgentClient], Awaitable[object]]
QUESTIONS: dict[str, Question] = {
    "token": lambda agent: agent.token(SUBJECT, **WANTED),
    "narrow": lambda agent: agent.narrow(token(CANARY), **WANTED),
    "own_token": lambda agent: agent.own_token(),
    "revoke": lambda agent: agent.revoke(SUBJECT),
}
ANSWERS: dict[str, Response] = {
    "refusal": refused("invalid_request"),
    "consent": refused("invalid_request", consent_uri="https://as.example/grant"),
    "failure": Response(status_code=500),
    "no life": unusable(expires_in=0),
    "other kind": unusable(token_type="N_A"),
    "torn JSON": Response(f'{{"access_token": "{CANARY}-token", '),
    "a list": Response(f'["{CANARY}"]'),
    "twice": Response(f'{{"access_token": "{CANARY}", "access_token": "{CANARY}"}}'),
    "error twice": Response(f'{{"error": "x", "x": "{CANARY}", "x": "{CANARY}"}}', 400),
}


@pytest.mark.parametrize("dpop", [True, False])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_error_shows_what_was_sent_or_answered(
    server: AuthorizationServer, settings: ClientSettings, question: str, answer: str, *, dpop: bool
) -> None:
    """Neither its text, nor what it comes of, nor the variables that its traceback keeps."""
    server.scripted.append(ANSWERS[answer])
    async with AgentClient(server.issuer, "planner", secret=CANARY, dpop=dpop, settings=settings) as agent:
        try:
            await QUESTIONS[question](agent)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            told = list(shown_by(error))
            assert [each for each in told if not clean(each)] == []
            assert len(told) > 1
        else:
            # A token that was given back is not looked at beyond the status, and an own token has no entry.
            assert (question, answer) in {("revoke", name) for name in ANSWERS}


@pytest.mark.parametrize("trouble", ["nobody", "late", "closed"])
@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_error_of_the_network_shows_what_was_sent(
    server: AuthorizationServer, settings: ClientSettings, question: str, trouble: str
) -> None:
    """Nor when nobody answers, when it takes too long, or when the client is closed meanwhile."""
    issuer = f"http://127.0.0.1:{free_port()}" if trouble == "nobody" else server.issuer
    hurried = dataclasses.replace(settings, deadline=timedelta(milliseconds=100 if trouble == "late" else 20_000))
    server.open_gate.clear()
    async with AgentClient(issuer, "planner", secret=CANARY, settings=hurried) as agent:
        asked = asyncio.ensure_future(QUESTIONS[question](agent))
        if trouble == "closed":
            await server.arrived.wait()
            await agent.close()
        server_opens = asyncio.get_running_loop().call_later(0.2, server.open_gate.set)
        [error] = await asyncio.gather(asked, return_exceptions=True)
        server_opens.cancel()
        server.open_gate.set()
    if isinstance(error, BaseException):
        assert [each for each in shown_by(error) if not clean(each)] == []
    else:
        # What nobody shares goes on when the client is closed, for as long as its answer takes.
        assert trouble == "closed"


@pytest.mark.parametrize("dpop", [True, False])
async def test_no_log_shows_what_was_sent_or_answered(
    server: AuthorizationServer,
    second_stage: Stage,
    settings: ClientSettings,
    caplog: pytest.LogCaptureFixture,
    *,
    dpop: bool,
) -> None:
    """Not even the HTTP library's own, at its most talkative, through refusals, renewals and both kinds of client."""
    caplog.set_level(logging.DEBUG)
    service = Service(second_stage.address)
    second_stage.playing = service.application()
    here: Wanted = {**WANTED, "resource": service.address}
    granted = {"identifier": "project:apollo"}
    kind = "DPoP" if dpop else "Bearer"
    server.scripted.extend(issued(f"{CANARY}-{number}", granted, kind=kind) for number in range(4))
    server.scripted.append(refused("invalid_request", error_description="no"))
    service.statuses.append(401)
    given: dict[str, Any] = {"secret": CANARY, "dpop": dpop, "settings": settings}
    async with AgentClient(server.issuer, "planner", **given) as agent:
        async with httpx2.AsyncClient(auth=agent.auth(SUBJECT, **here)) as http:
            await http.get(service.address)
        await agent.narrow(token(CANARY), **WANTED)

    def work() -> DelegatedToken:
        with SyncAgentClient(server.issuer, "planner", **given) as blocking:
            blocking.token(SUBJECT, **WANTED)
            return blocking.token(UserToken(CANARY), **WANTED)

    with pytest.raises(Exception, match="invalid_request"):
        await asyncio.to_thread(work)
    assert len(service.seen) == 2
    assert CANARY in service.seen[0][0]
    assert any(record.name.startswith("httpcore2") for record in caplog.records)
    assert [record.getMessage() for record in caplog.records if not clean(record.getMessage())] == []
