"""What an edge makes of what it is told: all of it or nothing, and never older than it may be."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.responses import JSONResponse, Response

from delegation.client import ClientSettings, Unavailable
from delegation.edge import Edge, Following
from tests.client.samples import AUDIENCE, SECRET
from tests.edge.beside import PATIENCE, Later, until
from tests.edge.issuers import ORGANIZATION, OWN, begin, beginning, current, telling, told, users

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]

ROLE = {"slug": "editor", "type": "project", "permissions": ["project:edit"], "name": ""}


@asynccontextmanager
async def following(address: str, **changed: Any) -> AsyncIterator[Edge]:
    """Give an edge that follows the small issuer, and waits for it no longer than a test has time."""
    quick = ClientSettings(
        deadline=timedelta(seconds=1), backoff=timedelta(milliseconds=20), longest_pause=timedelta(milliseconds=100)
    )
    known = {"client_secret": SECRET, "audience": AUDIENCE, "organizations": [ORGANIZATION], "settings": quick}
    async with Edge(address, "documents", **{**known, **changed}) as edge:
        yield edge


async def when(edge: Edge, is_so: Callable[[Following], bool]) -> Following:
    """Return how well the organization is followed as soon as something is so."""
    await until(lambda: is_so(edge.status[ORGANIZATION]))
    return edge.status[ORGANIZATION]


async def test_what_is_current_is_known() -> None:
    """Once everything is told to be current, the revision is known, and how old it is; nothing is behind."""
    async with telling(beginning() + current()) as (address, issuer), following(address) as edge:
        await edge.ready()
        status = edge.status[ORGANIZATION]
    assert (status.revision, status.behind) == (3, None)
    assert status.age is not None
    assert 0 <= status.age < PATIENCE
    [request] = issuer.asked
    assert request.url.path == "/organizations/acme/changes"
    assert request.headers["accept"] == "text/event-stream"
    assert "last-event-id" not in request.headers


@pytest.mark.parametrize(
    "said",
    [
        b"",
        beginning(),
        beginning()[:-40],
        told("begin", partition=OWN, revision=3),
    ],
    ids=["nothing", "not-current", "torn", "not-whole"],
)
async def test_a_part_of_a_beginning_is_never_seen(said: bytes) -> None:
    """Nothing is decided on a beginning that is not complete and current."""
    async with telling(said) as (address, _), following(address) as edge:
        assert edge.status[ORGANIZATION].revision is None
        with pytest.raises(Unavailable, match="`acme` is not known"):
            await edge.ready()


async def test_what_is_told_counts_when_it_is_current() -> None:
    """Entries of several partitions are taken over together, when they are said to be all there is."""
    entry = told("entry", partition=OWN, revision=4, changes=[{"put": "roles", "row": ROLE}])
    waits = beginning() + current() + entry
    async with telling(waits) as (address, issuer), following(address) as edge:
        await asyncio.sleep(0.1)
        assert edge.status[ORGANIZATION].revision == 3
        issuer.answers.append(waits + current({OWN: 4}))
        issuer.is_over.set()
        await when(edge, lambda status: status.revision == 4)


_ANNE = {"id": "anne", "name": "", "status": "active", "revision": 2}
_CONTRADICTIONS = {
    "no-json": b"event: current\ndata: {\n\n",
    "repeated": b'event: begin\ndata: {"partition": "platform", "partition": "platform", "revision": 1}\n\n',
    "unknown-event": told("hint", partition=OWN),
    "unknown-partition": told("begin", partition="audit", revision=1),
    "other-organization": told("begin", partition="org:globex", revision=1),
    "no-revision": told("begin", partition=OWN, revision=0),
    "true-revision": told("begin", partition=OWN, revision=True),
    "users-as-a-log": begin("user:anne", 2, users=[{"id": "anne", "name": "", "status": "active"}]),
    "rows-of-nothing": told("rows", partition=OWN, table="roles", rows=[]),
    "whole-of-nothing": told("whole", partition=OWN),
    "unknown-table": begin(OWN, 1, identities=[{"id": "anne"}]),
    "table-elsewhere": begin("platform", 1, memberships=[{"user": "anne", "active": True}]),
    "unknown-column": users({**_ANNE, "until": 5}),
    "missing-column": users({"id": "anne", "name": "", "revision": 2}),
    "user-of-no-revision": users({**_ANNE, "revision": 0}),
    "user-of-no-standing": users({**_ANNE, "status": 3}),
    "users-of-none": told("users", rows={}, over=[], anew=True),
    "users-over-none": told("users", rows=[], over="anne", anew=True),
    "users-perhaps-anew": told("users", rows=[], over=[], anew=None),
    "wrong-type": begin(OWN, 1, memberships=[{"user": "anne", "active": "no"}]),
    "huge-number": begin(OWN, 1, revoked_tokens=[{"jti": "j", "expires_at": 1 << 60}]),
    "no-list": told("begin", partition=OWN, revision=1) + told("rows", partition=OWN, table="roles", rows={}),
    "no-standing": begin("platform", 1, agents=[{"id": "planner", "status": "perhaps"}]),
    "no-bound": begin(OWN, 1, admitted_agents=[{"agent": "a", "ceiling": [{}], "suspended": False}]),
    "gap": told("entry", partition=OWN, revision=5, changes=[]),
    "entry-of-nothing": told("begin", partition=OWN, revision=3) + told("entry", partition=OWN, revision=4, changes=[]),
    "no-changes": told("entry", partition=OWN, revision=4, changes=None),
    "no-change": told("entry", partition=OWN, revision=4, changes=[{"drop": "roles"}]),
    "no-key": told("entry", partition=OWN, revision=4, changes=[{"remove": "roles", "key": {"slug": 3}}]),
    "open": told("begin", partition=OWN, revision=3) + current(),
    "wrong-heads": current({OWN: 4}),
    "no-heads": told("current", after=0.0),
    "part-of-heads": told("current", after=0.0, heads={OWN: 3}, users=0),
    "more-heads": current({"user:anne": 2}),
    "no-users": told("current", after=0.0, heads={"platform": 7, OWN: 3}),
    "true-users": told("current", after=0.0, heads={"platform": 7, OWN: 3}, users=True),
    "unnamed": users(_ANNE) + current(),
    "unheard": current(users=1),
    "over-and-counted": users(_ANNE) + users(over=["anne"], anew=False) + current(users=1),
    "no-time": told("current", after=None, heads={"platform": 7, OWN: 3}, users=0),
    "true-time": told("current", after=True, heads={"platform": 7, OWN: 3}, users=0),
    "before": told("current", after=-1.0, heads={"platform": 7, OWN: 3}, users=0),
    "to-come": current(after=60.0),
    "broken-key": begin(
        "platform",
        8,
        signing_keys=[
            {
                "kid": "k",
                "purpose": "access-token",
                "algorithm": "ES256",
                "state": "active",
                "public": {"kty": "EC"},
                "created_at": 0,
                "not_before": 0,
            }
        ],
    )
    + current({"platform": 8}),
    "broken-model": begin(
        "platform", 8, relationship_models=[{"id": "m", "document": {"text": "?", "delegable": []}, "created_at": 0}]
    )
    + current({"platform": 8}),
}


@pytest.mark.parametrize("said", _CONTRADICTIONS.values(), ids=_CONTRADICTIONS)
async def test_a_contradiction_ends_all_belief(said: bytes) -> None:
    """Whatever means nothing, or contradicts what was told, makes everything unknown; all is asked for anew."""
    async with telling(beginning() + current() + said) as (address, issuer), following(address) as edge:
        status = await when(edge, lambda status: "cannot be believed" in (status.behind or ""))
        assert (status.revision, status.age) == (None, None)
        issuer.answers.append(beginning() + current())
        issuer.is_over.set()
        await when(edge, lambda status: status.behind is None)
        assert all("last-event-id" not in request.headers for request in issuer.asked)


async def test_broken_chains_are_not_believed() -> None:
    """A delegation whose parent is not there, or that is its own ancestor, is no delegation."""
    link: dict[str, object] = {
        "id": "dlg_a",
        "user": "anne",
        "agent": "planner",
        "parent": "dlg_b",
        "resource": "project:apollo",
        "roles": ["editor"],
        "permissions": [],
        "audiences": None,
        "not_before": 0,
        "expires_at": 9,
        "depth": 0,
        "unattended": False,
        "purpose": "",
        "consent": {},
        "status": "active",
        "created_at": 0,
        "created_by": "",
        "ended_at": None,
        "ended_by": None,
        "budget": None,
    }
    for links in ([link], [link, {**link, "id": "dlg_b", "parent": "dlg_a"}]):
        changes = [{"put": "delegations", "row": row} for row in links]
        entry = told("entry", partition=OWN, revision=4, changes=changes) + current({OWN: 4})
        anew = begin("platform", 7) + begin(OWN, 4, delegations=links) + current({OWN: 4})
        for said in (beginning() + current() + entry, anew):
            async with telling(said) as (address, _), following(address) as edge:
                status = await when(edge, lambda status: "leads nowhere" in (status.behind or ""))
                assert status.revision is None


async def test_what_is_known_is_not_older_than_it_may_be() -> None:
    """When nothing has been told for longer than it may be old, it is Unavailable how far behind that is."""
    later = Later()
    async with (
        telling(beginning() + current()) as (address, _),
        following(address, monotonic=later, within=timedelta(seconds=5)) as edge,
    ):
        await edge.ready()
        later.by = 4.0
        await edge.ready()
        later.by = 7.0
        with pytest.raises(Unavailable, match=r"`acme` was current 7\.\d s ago, which is more than 5 s"):
            await edge.ready()
        assert edge.status[ORGANIZATION].behind == "the stream is silent"
        assert edge.status[ORGANIZATION].revision == 3


async def test_age_counts_from_before_the_request() -> None:
    """What was long on the way is as old as that: what was current a second after the request is known since then."""
    later = Later()
    async with telling(beginning() + current(after=1.0)) as (address, issuer):
        issuer.speaks.clear()
        async with following(address, monotonic=later, within=timedelta(seconds=20)) as edge:
            later.by = 30.0
            issuer.speaks.set()
            status = await when(edge, lambda status: status.revision == 3)
            assert status.age is not None
            assert status.age >= 29.0
            with pytest.raises(Unavailable, match="which is more than 20 s"):
                await edge.ready()


def problem(code: str, **more: object) -> Response:
    """Return a problem document with status 404."""
    return JSONResponse({"status": 404, "code": code, **more}, 404, media_type="application/problem+json")


@pytest.mark.parametrize(
    "refusal",
    [Response(status_code=401), Response(status_code=403), problem("not_followed")],
    ids=["unknown", "forbidden", "not-followed"],
)
async def test_who_may_not_follow_knows_nothing(refusal: Response) -> None:
    """Where the issuer refuses, nobody waits for it, and nothing is decided until it lets the service follow."""
    async with telling(refusal) as (address, issuer), following(address) as edge:
        assert edge.status[ORGANIZATION].revision is None
        with pytest.raises(Unavailable, match="the issuer does not"):
            await edge.ready()
        issuer.answers.append(beginning() + current())
        issuer.answers.append(beginning() + current())
        await when(edge, lambda status: status.behind is None)


@pytest.mark.parametrize(
    "answer",
    [
        problem("not_found", detail="Not Found"),
        Response("<html>not_followed</html>", 404, media_type="text/html"),
        Response('["not_followed"]', 404, media_type="application/json"),
        problem("not_followed", detail="x" * 5_000),
        Response(status_code=404),
    ],
    ids=["older-release", "page", "list", "long", "empty"],
)
async def test_who_has_no_such_address_refuses_nobody(answer: Response) -> None:
    """A 404 without the issuer's own word for a refusal, as of an older release, leaves what is known, and is told."""
    async with telling(beginning() + current(), answer, ends=True) as (address, issuer), following(address) as edge:
        issuer.answers.extend([answer] * 20)
        status = await when(edge, lambda status: "answered 404" in (status.behind or ""))
        assert status.revision == 3
        await edge.ready()
        issuer.answers.clear()
        issuer.answers.append(current())
        await when(edge, lambda status: status.behind is None)
    assert issuer.asked[-1].headers["last-event-id"] == "here"


async def test_what_is_gone_is_gone_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """Who may follow no longer decides nothing from that moment, and is told in one line; allowed again, goes on."""
    gone = told("gone", reason="no longer\r\n")
    with caplog.at_level(logging.INFO, "delegation.edge"):
        async with telling(beginning() + current() + gone) as (address, issuer), following(address) as edge:
            status = await when(edge, lambda status: "no longer" in (status.behind or ""))
            assert (status.revision, status.age) == (None, None)
            issuer.answers.append(beginning() + current())
            issuer.is_over.set()
            await when(edge, lambda status: status.behind is None)
    assert [record.message for record in caplog.records] == [
        "`acme` is not followed: the issuer ended it: no longer??",
        "`acme` is followed again",
    ]


async def test_a_stream_that_ends_goes_on_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    """After the end of a stream the next is asked for from its last place, what is known stays known, and no line."""
    entry = told("entry", partition=OWN, revision=4, changes=[])
    more = entry + current({OWN: 4}, place="there")
    async with telling(beginning() + current(), more, ends=True) as (address, issuer), following(address) as edge:
        await when(edge, lambda status: status.revision == 4)
        assert caplog.messages == []
        await until(lambda: len(issuer.asked) >= 3)
        assert edge.status[ORGANIZATION].revision == 4
    assert [request.headers.get("last-event-id") for request in issuer.asked[:3]] == [None, "here", "there"]


@pytest.mark.parametrize(
    "answer",
    [
        Response(status_code=503, headers={"Retry-After": "0"}),
        Response(status_code=200, media_type="application/json"),
        Response(status_code=302, headers={"Location": "/elsewhere"}),
        Response(beginning(), media_type="text/event-stream", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["busy", "other", "redirect", "packed"],
)
async def test_what_is_no_stream_is_asked_for_again(answer: Response) -> None:
    """An answer that is no stream, or none that can be read as it comes, tells nothing; it is asked again."""
    async with telling(answer, beginning() + current()) as (address, issuer), following(address) as edge:
        await when(edge, lambda status: status.behind is None)
    assert [request.url.path for request in issuer.asked] == ["/organizations/acme/changes"] * 2


async def test_no_more_is_taken_in_than_fits() -> None:
    """Who tells more rows than an organization may have, or a line without end, is heard no longer."""
    async with telling(beginning() + current()) as (address, _), following(address, rows=3) as edge:
        await when(edge, lambda status: "more than 3 rows" in (status.behind or ""))
    endless = b"data: " + b"x" * (40 << 20)
    async with telling(endless) as (address, _), following(address) as edge:
        await when(edge, lambda status: "too long" in (status.behind or ""))


@pytest.mark.parametrize(
    "wrong",
    [{"audience": ""}, {"organizations": []}, {"organizations": "acme"}, {"organizations": ["a:b"]}, {"rows": 0}],
)
def test_an_edge_leaves_nothing_unchecked(wrong: dict[str, Any]) -> None:
    """Without an audience or organizations by name there is no edge."""
    known = {"client_secret": SECRET, "audience": AUDIENCE, "organizations": [ORGANIZATION]}
    with pytest.raises(ValueError, match=r"an edge has|positive|no organization"):
        Edge("https://as.example", "documents", **{**known, **wrong})


async def test_after_its_end_an_edge_knows_nothing() -> None:
    """Whoever left the block decides no more."""
    async with telling(beginning() + current()) as (address, _):
        async with following(address) as edge:
            await edge.ready()
        assert edge.status[ORGANIZATION] == Following(ORGANIZATION, None, None, "it is followed no longer")


async def test_whatever_fails_is_told_and_tried_again() -> None:
    """A failure that nobody thought of, as of a lent pool that its lender closed, lets nobody in and is tried again."""
    lent = httpx2.AsyncClient()
    async with telling(beginning() + current()) as (address, issuer), following(address, http=lent) as edge:
        await edge.ready()
        await lent.aclose()
        issuer.is_over.set()
        status = await when(edge, lambda status: "failed with RuntimeError" in (status.behind or ""))
        assert status.revision is None
