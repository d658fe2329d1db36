"""A delegated token on every request that an HTTP client sends (RFC 6750 §2.1)."""

from collections.abc import AsyncGenerator, Generator
from typing import Protocol

import httpx2
from typing_extensions import override

from delegation.client.addresses import is_protected
from delegation.client.delegated_token import DelegatedToken
from delegation.client.errors import WrongTarget
from delegation.client.token_request import TokenRequest


class TokenSource(Protocol):
    """Whoever can get a token for a request, and be told that one is no longer good."""

    async def token_for(self, request: TokenRequest) -> DelegatedToken:
        """Return a token that is usable now."""
        ...

    def forget(self, token: DelegatedToken) -> None:
        """Never hand out this token again."""
        ...


class DelegatedAuth(httpx2.Auth):
    """For `httpx2.AsyncClient(auth=...)`: gets the token, and recovers once from a 401.

    The token goes to `origin` only: a request to anywhere else raises WrongTarget before it leaves.
    Bodies are read into memory, so that a request can be sent again.
    """

    def __init__(self, source: TokenSource, request: TokenRequest, origin: str) -> None:
        self._source = source
        self._request = request
        self._origin = httpx2.URL(origin)
        if not is_protected(origin):
            raise WrongTarget(f"`{origin}` is no https address of a service (http serves for this machine alone)")

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self._check_target(request.url)
        await request.aread()
        token = await self._source.token_for(self._request)
        response = yield _bearing(request, token)
        if response.status_code != httpx2.codes.UNAUTHORIZED:
            return
        self._source.forget(token)
        yield _bearing(request, await self._source.token_for(self._request))

    @override
    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        raise TypeError("this authentication is for `httpx2.AsyncClient`")

    def _check_target(self, url: httpx2.URL) -> None:
        if (url.scheme, url.host, url.port) != (
            self._origin.scheme,
            self._origin.host,
            self._origin.port,
        ):
            raise WrongTarget(f"the token is for `{self._origin}`, not for `{url.host}`")


def _bearing(request: httpx2.Request, token: DelegatedToken) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token.value}"
    return request
