"""A delegated token on every request that an HTTP client sends (RFC 6750 §2.1, RFC 9449 §7.1)."""

from collections.abc import AsyncGenerator, Generator
from typing import Protocol

import httpx2
from typing_extensions import override

from delegation.client.addresses import is_protected
from delegation.client.delegated_token import DelegatedToken
from delegation.client.errors import WrongTarget
from delegation.client.possession import Possession, wants_nonce
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

    A token bound to a key goes out with a new proof each time, and once more where the service asks for a nonce.
    The token goes to `origin` only: a request to anywhere else raises WrongTarget before it leaves.
    Bodies are read into memory, so that a request can be sent again.
    """

    def __init__(
        self, source: TokenSource, request: TokenRequest, origin: str, possession: Possession | None = None
    ) -> None:
        self._source = source
        self._possession = possession
        self._request = request
        self._origin = httpx2.URL(origin)
        if not is_protected(origin):
            raise WrongTarget(f"`{origin}` is no https address of a service (http serves for this machine alone)")

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self._check_target(request.url)
        await request.aread()
        token = await self._source.token_for(self._request)
        response = yield self._bearing(request, token)
        if self._is_to_be_sent_again(response):
            response = yield self._bearing(request, token)
            self._is_to_be_sent_again(response)
        if response.status_code != httpx2.codes.UNAUTHORIZED or wants_nonce(response):
            return
        self._source.forget(token)
        response = yield self._bearing(request, await self._source.token_for(self._request))
        self._is_to_be_sent_again(response)

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

    def _bearing(self, request: httpx2.Request, token: DelegatedToken) -> httpx2.Request:
        if self._possession is None:
            request.headers["Authorization"] = f"Bearer {token.value}"
        else:
            request.headers.update(self._possession.presented(request, token.value))
        return request

    def _is_to_be_sent_again(self, response: httpx2.Response) -> bool:
        return self._possession is not None and self._possession.learn(response)
