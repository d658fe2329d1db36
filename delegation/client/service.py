"""The service's side: whose token is this, and may it do that? Asked anew every time."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import TracebackType
from typing import Self

import httpx2

from delegation.client.answers import Answer, Denied, answer_in, resource_parts
from delegation.client.credentials import credential_of
from delegation.client.delegated_caller import DelegatedCaller, Meant, caller_in
from delegation.client.discovery import DECISION_POINT
from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer import Issuer
from delegation.client.json_text import JSON, json_object
from delegation.client.settings import ClientSettings


@dataclass(slots=True, eq=False)
class ServiceClient:
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def introspect(self, token: str) -> DelegatedCaller | None:
        """Return who presents the token, None if it is not good here now (RFC 7662).

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        response = await self._asked.post_form("introspection_endpoint", {"token": token})
        meant = Meant(self.issuer, self.audience, self.settings.clock())
        return caller_in(_answered(response), token, meant)

    async def evaluate(self, caller: DelegatedCaller, permission: str, resource: str) -> Answer:
        """Return whether the caller may do it to the resource (`type:id`) now.

        Raises Unavailable and the other errors of this library where the service cannot tell.
        """
        parts = resource_parts(resource)
        if parts is None:
            return Denied("malformed_resource", "", {}, caller.revision)
        type_, id_ = parts
        question = {
            "subject": {"type": "token", "id": caller.token},
            "action": {"name": permission},
            "resource": {
                "type": type_,
                "id": id_,
                "properties": {"organization": caller.organization},
            },
        }
        answer = await self._asked.post_json(DECISION_POINT, "access_evaluation_endpoint", question)
        return answer_in(_answered(answer))

    async def close(self) -> None:
        """Stop asking."""
        await self._asked.close()


def _answered(response: httpx2.Response) -> Mapping[str, JSON]:
    if response.status_code != httpx2.codes.OK:
        raise UnexpectedAnswer(f"the authorization service answered {response.status_code}")
    return json_object(response.content)
