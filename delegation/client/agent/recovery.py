"""What an agent does about a service's no: each remedy once, and none that the service may not need (RFC 6750 §3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

import httpx2

from delegation.client.agent.token_request import TokenRequest
from delegation.client.errors import InsufficientScope, UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, json_object
from delegation.client.issuer.possession import Possession, wants_nonce

_SCOPE: Final = re.compile(r'(?<![\w-])scope="([^"]*)"')
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that do the same twice as once (RFC 9110 §9.2.2)."""


class _Remedy(Enum):
    NONCE = auto()
    RENEW = auto()
    STEP_UP = auto()


@dataclass(slots=True)
class Recovery:
    """What was tried for one request to a service, and what is still to be tried.

    A 401 says that nothing was done, so every request may be sent again. A 403 may come after a part was done:
    only requests that may be repeated are, with a token that allows one permission more, which was let in beforehand.
    """

    wanted: TokenRequest
    """What the token for the next sending is to allow."""
    step_up: frozenset[str]
    possession: Possession | None
    is_lost: bool = False
    """Whether the token of the last sending is good no longer."""
    _tried: set[_Remedy] = field(default_factory=set)

    def goes_on(self, response: httpx2.Response) -> bool:
        """Return whether the request is to be sent again."""
        remedy = self._remedy(response)
        self.is_lost = remedy is _Remedy.RENEW
        if remedy is None or remedy in self._tried:
            return False
        self._tried.add(remedy)
        if remedy is _Remedy.STEP_UP:
            self.wanted = self._stepped_up(response)
        return True

    def _remedy(self, response: httpx2.Response) -> _Remedy | None:
        if self.possession is not None and self.possession.learn(response):
            return _Remedy.NONCE
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            return None if wants_nonce(response) else _Remedy.RENEW
        return _Remedy.STEP_UP if self._can_step_up(response) else None

    def _can_step_up(self, response: httpx2.Response) -> bool:
        permission = _lacking(response)
        if permission is None or self.wanted.actions is None or response.request.method not in _REPEATABLE:
            return False
        return permission in self.step_up and permission not in self.wanted.actions

    def _stepped_up(self, response: httpx2.Response) -> TokenRequest:
        actions = {*(self.wanted.actions or ()), str(_lacking(response))}
        return replace(self.wanted, actions=tuple(sorted(actions)))


def insufficient_scope(response: httpx2.Response) -> InsufficientScope | None:
    """Return what a service's answer says that the token lacked; None for any answer but 403 for that reason.

    The answer's body must have been read, as it is unless it was asked for as a stream.
    """
    if not _is_insufficient(response):
        return None
    try:
        members: Mapping[str, JSON] = json_object(response.content)
    except UnexpectedAnswer:
        members = {}
    permission, resource, detail = (members.get(name) for name in ("permission", "resource", "detail"))
    lacking = _lacking(response)
    return InsufficientScope(
        detail if isinstance(detail, str) else "the token does not allow it",
        permission=permission if isinstance(permission, str) else lacking,
        resource=resource if isinstance(resource, str) else None,
        is_tokens=lacking is not None,
    )


def _lacking(response: httpx2.Response) -> str | None:
    """Return the permission that a token lacks although its delegation may have it: the challenge names it then."""
    if not _is_insufficient(response):
        return None
    named = _SCOPE.search(response.headers.get("WWW-Authenticate", ""))
    return named[1] if named else None


def _is_insufficient(response: httpx2.Response) -> bool:
    challenges = response.headers.get("WWW-Authenticate", "")
    return response.status_code == httpx2.codes.FORBIDDEN and 'error="insufficient_scope"' in challenges
