"""The engine at the edge: tokens verified and questions answered within the service, on what the issuer tells."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

import httpx2
from typing_extensions import override

from authz_core import EngineError, Object, parse_id
from delegation.authority.candidates import Candidates
from delegation.authority.reach import Found, found
from delegation.client import (
    Answer,
    ClientSettings,
    DelegatedCaller,
    Denied,
    ServiceClient,
    Unavailable,
    Until,
)
from delegation.client.errors import printable
from delegation.client.issuer.closing import Closing
from delegation.client.issuer.credentials import credential_of
from delegation.edge.bearer import Bearer, answer_about, bearer_of, is_counted, resource_in
from delegation.edge.connection import Connection, elapsed
from delegation.edge.follower import Follower, Following
from delegation.edge.reading import token_in
from delegation.edge.replica import Replica
from delegation.oauth.clients import Client
from delegation.oauth.introspection import answers_to
from delegation.tokens import AccessToken, Memory, claimed_world

ROWS: Final = 3_000_000
_COUNTED: Final = "a budget counts this answer, and only the issuer can count"
_LOOKS: Final = 500
"""Resources that are decided about before others get a turn."""


@dataclass(slots=True, eq=False)
class Edge(Closing):
    """A service that decides by itself about tokens of the organizations that let it follow.

    Its answers are the issuer's at the revision that they name. A decision needs proof that this was the newest at most
    `within` ago; where there is none, Unavailable says why, and so it does about organizations that are not followed.
    What a budget counts only the issuer can count: such an answer is asked of `online`, and is Unavailable without it.
    The edge does not note that a delegation was used. `http` lends a connection pool, which stays the lender's to
    close. Each organization may have `rows` rows at most. Use it within one event loop.
    """

    issuer: str
    client_id: str
    _: KW_ONLY
    client_secret: str = field(repr=False)
    audience: str
    organizations: Collection[str]
    within: timedelta = timedelta(seconds=5)
    online: ServiceClient | None = field(default=None, repr=False)
    http: httpx2.AsyncClient | None = field(default=None, repr=False)
    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    rows: int = ROWS
    monotonic: Callable[[], float] = field(default=elapsed, repr=False)
    _connection: Connection = field(init=False, repr=False)
    _memory: Memory = field(init=False, repr=False, default_factory=Memory)
    _candidates: Candidates = field(init=False, repr=False, default_factory=Candidates)
    _followers: Mapping[str, Follower] = field(init=False, repr=False)
    _tasks: list[asyncio.Task[None]] = field(init=False, repr=False, default_factory=list)
    _bound: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError for what would leave something unchecked, UntrustedIssuer for an issuer that is no use."""
        if not self.audience or not self.organizations or isinstance(self.organizations, str):
            raise ValueError("an edge has an `audience`, and a list of `organizations` to follow")
        if self.within <= timedelta(0) or self.rows < 1:
            raise ValueError("`within` and `rows` are positive")
        if self.online is not None and (self.online.issuer, self.online.audience) != (self.issuer, self.audience):
            raise ValueError("`online` asks another issuer, or for another audience")
        credential = credential_of(self.client_id, self.client_secret, None)
        self._connection = Connection(self.issuer, credential, self.http, self.settings)
        self._followers = {name: self._follower(name) for name in self.organizations}
        self._bound = self.within.total_seconds()

    def _follower(self, organization: str) -> Follower:
        try:
            replica = Replica(parse_id(organization), self._memory, self.rows)
        except EngineError as error:
            raise ValueError(f"no organization has such a name: {error}") from None
        return Follower(replica, self._connection, self.settings, self.monotonic)

    @override
    async def __aenter__(self) -> Self:
        """Begin to follow, and wait until everything is known or refused, for the settings' `deadline` at most.

        What is not known by then is Unavailable until it is; `ready` tells.
        """
        self._tasks = [asyncio.create_task(each.follow()) for each in self._followers.values()]
        with suppress(Unavailable):
            await self.ready()
        return self

    @override
    async def close(self) -> None:
        """Follow no longer; nothing is decided from then on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    async def ready(self) -> None:
        """Wait until every organization is followed. Raises Unavailable for one that is refused, or is not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.deadline.total_seconds()):
                await asyncio.gather(*(each.tried() for each in self._followers.values()))
        for each in self._followers.values():
            each.seen(self._bound)

    @property
    def status(self) -> Mapping[str, Following]:
        """How well each organization is followed, by its name."""
        return {name: each.status(self._bound) for name, each in self._followers.items()}

    async def verify(self, token: str, *, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token, as introspection would; None where it is not good here now.

        `key` is what `ProofCheck` found to be proved: a bound token is good beside a proof of its key alone, and one
        that is not bound without a proof alone (RFC 9449 §7.2). Raises Unavailable where that cannot be told.
        """
        bearer = self._bearer(token)
        if bearer is None or bearer.token.key != key:
            return None
        caller = bearer.caller(token)
        if caller is not None and bearer.is_counted:
            return await self._counting().verify(token, key=key)
        return caller

    async def evaluate(self, who: DelegatedCaller, permission: str, resource: str) -> Answer:
        """Return whether a caller may do it to a resource (`type:id`) now. Raises Unavailable where nobody knows."""
        answer, is_counted = self._weighed(who, permission, resource)
        return await self._counting().evaluate(who, permission, resource) if is_counted else answer

    def decide(self, who: DelegatedCaller, permission: str, resource: str) -> Answer:
        """Return what `evaluate` returns, at once. Raises Unavailable, also where a budget counts the answer."""
        answer, is_counted = self._weighed(who, permission, resource)
        if is_counted:
            raise Unavailable(_COUNTED)
        return answer

    async def evaluate_all(
        self, who: DelegatedCaller, asked: Sequence[tuple[str, str]], *, until: Until = Until.ALL
    ) -> tuple[Answer, ...]:
        """Return the answers to several questions, in their order and from one look, as far as `until` goes.

        Raises Unavailable where they are not known.
        """
        bearer, answers = self._bearer(who.token) if asked else None, list[Answer]()
        for permission, resource in asked:
            answer = answer_about(bearer, who, permission, resource)
            if is_counted(bearer, answer):
                return await self._counting().evaluate_all(who, asked, until=until)
            answers.append(answer)
            if until is (Until.DENIED if isinstance(answer, Denied) else Until.ALLOWED):
                break
        return tuple(answers)

    async def search_resources(self, who: DelegatedCaller, permission: str, type: str) -> AsyncIterator[str]:
        """Yield the resources of a type, as `type:id`, to which a caller may do it; of many, one part after the other.

        Raises Unavailable where they are not known.
        """
        part = self._reached(who, permission, type, "")
        while True:
            for resource in part.names:
                yield resource
            if part.last is None:
                return
            await asyncio.sleep(0)
            part = self._reached(who, permission, type, part.last)

    def _weighed(self, who: DelegatedCaller, permission: str, resource: str) -> tuple[Answer, bool]:
        """Return the answer to a question, and whether the issuer has to count it."""
        if resource_in(resource) is None:
            return Denied("malformed_resource", "", {}, who.revision), False
        bearer = self._bearer(who.token)
        answer = answer_about(bearer, who, permission, resource)
        return answer, is_counted(bearer, answer)

    def _reached(self, who: DelegatedCaller, permission: str, type: str, last: str) -> Found:
        """Return some of the resources of a type behind one of them to which a caller may do it."""
        bearer = self._bearer(who.token)
        if bearer is None or who.organization != bearer.token.organization:
            return Found([], None)
        return found(
            bearer.reachable(self._candidates, permission, type),
            lambda name: bearer.refusal(permission, Object(name)) is None,
            after=last,
            limit=_LOOKS,
            looks=_LOOKS,
        )

    def _bearer(self, text: str) -> Bearer | None:
        """Return who presents a token; None where it is none that is good for this service. Raises Unavailable."""
        known = self._memory.kept(text, AccessToken)
        organization = claimed_world(text, self._memory)[0] if known is None else known.value.organization
        now = self.settings.clock()
        follower = self._followers.get(organization or "")
        if follower is None:
            self._refuse_stranger(text, now)
            return None
        seen = follower.seen(self._bound)
        token = token_in(text, seen.ring, self.issuer, now, known)
        if token is None:
            return None
        world = seen.world(now)
        service = seen.service(self.client_id)
        if service is None or service.audience != self.audience:
            raise Unavailable("the issuer knows this service by another audience, or not at all")
        if not answers_to(world, Client(service), token):
            return None
        return bearer_of(token, seen, world, int(now.timestamp()))

    def _refuse_stranger(self, text: str, now: datetime) -> None:
        """Raise Unavailable for a token of the issuer's for an organization of which nothing is known here."""
        for each in self._followers.values():
            token = None if each.known is None else token_in(text, each.known.ring, self.issuer, now)
            if token is not None:
                raise Unavailable(f"the organization `{printable(token.organization)}` is not followed")

    def _counting(self) -> ServiceClient:
        """Return who counts. Raises Unavailable where nobody does."""
        if self.online is None:
            raise Unavailable(_COUNTED)
        return self.online
