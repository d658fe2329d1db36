"""The service's side: whose token is this, and may it do that? Asked anew every time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial

import httpx2
from typing_extensions import override

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.closing import Closing
from delegation.client.issuer.credentials import credential_of
from delegation.client.issuer.discovery import DECISION_POINT
from delegation.client.issuer.endpoints import Issuer
from delegation.client.issuer.json_text import JSON, json_object, text_of
from delegation.client.issuer.published_keys import named_key
from delegation.client.service.answers import Answer, Denied, answer_in
from delegation.client.service.delegated_caller import DelegatedCaller, Meant, caller_in
from delegation.client.service.questions import (
    Until,
    Who,
    action_of,
    answers_in,
    resource_in,
    resources_in,
    subject_of,
)
from delegation.client.service.searches import Found, everything, found_in
from delegation.client.service.signed_answers import SIGNED, told_in
from delegation.client.settings import ClientSettings


@dataclass(slots=True, eq=False)
class ServiceClient(Closing):
    """A service known to one issuer, which accepts tokens for its own `audience` alone.

    `http` lends a connection pool, which stays the lender's to close. Use it within one event loop.
    """

    issuer: str
    client_id: str
    _: KW_ONLY
    client_secret: str = field(repr=False)
    audience: str
    http: httpx2.AsyncClient | None = field(default=None, repr=False)
    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    _asked: Issuer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError where secret or audience are missing: nothing is left unchecked."""
        if not self.audience:
            raise ValueError("a service has an `audience`")
        credential = credential_of(self.client_id, self.client_secret, None)
        self._asked = Issuer(self.issuer, credential, self.http, self.settings)

    async def introspect(self, token: str, *, signed: bool = False, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token, None if it is not good here now (RFC 7662).

        `key` is what `ProofCheck` found to be proved with the request: a token bound to a key is good beside a proof of
        that key alone, and one that is not bound is good without a proof alone (RFC 9449 §7.2).
        With `signed`, only an answer counts that the issuer signed for this service a moment ago (RFC 9701).
        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        form, accept = {"token": token}, SIGNED if signed else "application/json"
        response = await self._asked.post_form("introspection_endpoint", form, accept=accept)
        meant = Meant(self.issuer, self.audience, self.settings.clock(), key)
        if not signed:
            return caller_in(_answered(response), token, meant)
        if response.status_code != httpx2.codes.OK or response.headers.get("Content-Type") != SIGNED:
            raise UnexpectedAnswer(f"the authorization service answered {response.status_code}, and not signed")
        keys = await self._asked.keys_for(named_key(response.text))
        told = told_in(response.text, keys, replace(meant, audience=self.client_id))
        return caller_in(told, token, meant)

    async def verify(self, token: str, *, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token, as `introspect` does."""
        return await self.introspect(token, key=key)

    async def evaluate(self, who: Who, permission: str, resource: str) -> Answer:
        """Return whether a caller, or a principal, may do it to the resource (`type:id`) now.

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        place = resource_in(who.organization, resource)
        if place is None:
            return Denied("malformed_resource", "", {}, who.revision if isinstance(who, DelegatedCaller) else None)
        question = {"subject": subject_of(who), "action": action_of(permission), "resource": place}
        return answer_in(await self._told("access_evaluation_endpoint", question))

    async def evaluate_all(
        self, who: Who, asked: Sequence[tuple[str, str]], *, until: Until = Until.ALL
    ) -> tuple[Answer, ...]:
        """Return the answers to several questions, each a permission and a resource, in their order and from one look.

        They are a hundred at most: `visible` asks about longer lists.
        There are fewer answers than questions where `until` stops early; of no questions there are none.
        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        if not asked:
            return ()
        items: list[JSON] = [
            {"action": action_of(permission), "resource": resource_in(who.organization, resource)}
            for permission, resource in asked
        ]
        options = {"evaluations_semantic": str(until)}
        batch: dict[str, JSON] = {"subject": subject_of(who), "evaluations": items, "options": options}
        return answers_in(await self._told("access_evaluations_endpoint", batch), len(items), until)

    async def search_resources(self, who: Who, permission: str, type: str) -> AsyncIterator[str]:
        """Yield the resources of a type, as `type:id`, to which a caller or a principal may do it now.

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        place = resources_in(who.organization, type)
        search = {"subject": subject_of(who), "action": action_of(permission), "resource": place}
        async for result in everything(partial(self._told, "search_resource_endpoint"), search):
            yield f"{found_in(result, type).type}:{text_of(result, 'id')}"

    async def search_actions(self, who: Who, resource: str) -> frozenset[str]:
        """Return the permissions that a caller or a principal has on a resource (`type:id`) now.

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        place = resource_in(who.organization, resource)
        if place is None:
            return frozenset()
        search = {"subject": subject_of(who), "resource": place}
        found = everything(partial(self._told, "search_action_endpoint"), search)
        return frozenset([text_of(result, "name") async for result in found])

    async def search_subjects(
        self, type: str, permission: str, resource: str, *, organization: str
    ) -> AsyncIterator[Found]:
        """Yield the users, groups, agents or delegations that may do it to a resource (`type:id`) now.

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        place = resource_in(organization, resource)
        if place is not None:
            search: dict[str, JSON] = {"subject": {"type": type}, "action": action_of(permission), "resource": place}
            async for result in everything(partial(self._told, "search_subject_endpoint"), search):
                yield found_in(result, type)

    async def _told(self, member: str, question: Mapping[str, JSON]) -> Mapping[str, JSON]:
        return _answered(await self._asked.post_json(DECISION_POINT, member, question))

    @override
    async def close(self) -> None:
        """Stop asking."""
        await self._asked.close()


def _answered(response: httpx2.Response) -> Mapping[str, JSON]:
    if response.status_code != httpx2.codes.OK:
        raise UnexpectedAnswer(f"the authorization service answered {response.status_code}")
    return json_object(response.content)
