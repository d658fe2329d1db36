"""Asking addresses that others chose: only public ones, each resolved once, and no redirect and no proxy on the way."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import httpx2
from typing_extensions import override

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses that a name has now. Raises OSError when it has none."""

_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_HOST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
_PORTS: Final = {"http": 80, "https": 443}
_TRIED: Final = 3
"""Addresses of one name that are tried."""
# Each of them may lead to an address of the old kind that nobody looked at, and none is where a provider lives.
_TRANSLATED: Final = tuple(
    map(ip_network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"))
)
_ELSEWHERE: Final = tuple(map(ip_network, ("192.88.99.0/24", "fec0::/10")))
"""What Python calls global and is not: the relays of 6to4 (RFC 7526), and site-local addresses (RFC 3879)."""


class AddressRefused(httpx2.RequestError):
    """A name stands for an address that this service does not ask."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be asked: all public ones, and what a deployment names expressly."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    """Names that may stand for any address."""

    @classmethod
    def of(cls, named: Iterable[str], *, loopback: bool) -> "Reach":
        """Return the reach that names and networks make; with `loopback`, this machine is within it.

        Raises ValueError for what is neither.
        """
        networks, hosts = [*map(ip_network, _LOOPBACK)] if loopback else [], set[str]()
        for text in named:
            try:
                networks.append(ip_network(text))
            except ValueError:
                hosts.add(_host(text))
        return cls(tuple(networks), frozenset(hosts))

    def refuse_beyond(self, host: str, addresses: Iterable[Address], *, protected: bool) -> None:
        """Raise AddressRefused unless every address is within reach, and on this machine where it is not protected."""
        for address in addresses:
            if not protected and not address.is_loopback:
                raise AddressRefused("http is for this machine alone")
            named = host.lower() in self.hosts or any(address in network for network in self.networks)
            if not named and not is_public(address):
                raise AddressRefused(f"`{host}` is not at a public address")


class Pinned(httpx2.AsyncBaseTransport):
    """Resolves the name of each request once and connects to what was found: a name bound anew changes nothing."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, reach: Reach, resolve: Resolve) -> None:
        """Send through `inner`, which must not keep connections: names that share an address share none."""
        self._inner = inner
        self._reach = reach
        self._resolve = resolve

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        addresses = await self._addresses(request.url)
        failure: httpx2.RequestError = AddressRefused("the name has no address")
        for address in addresses[:_TRIED]:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _addresses(self, url: httpx2.URL) -> list[Address]:
        try:
            found = await self._resolve(url.host, url.port or _PORTS[url.scheme])
            addresses = [ip_address(text) for text in dict.fromkeys(found)]
        except (KeyError, OSError, UnicodeError, ValueError):
            raise httpx2.ConnectError("the name cannot be resolved") from None
        self._reach.refuse_beyond(url.host, addresses, protected=url.scheme == "https")
        return addresses


def safe_client(reach: Reach, resolve: Resolve | None = None) -> httpx2.AsyncClient:
    """Return a client for addresses that others chose: nothing beyond `reach`, no redirects, no proxies."""
    inner = httpx2.AsyncHTTPTransport(trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))
    transport = Pinned(inner, reach, resolve or resolved)
    return httpx2.AsyncClient(transport=transport, timeout=5.0, follow_redirects=False, trust_env=False)


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses that this machine finds for a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [str(place[0]) for *_, place in found]


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public network, and stands for no other."""
    beside = any(address in network for network in (*_TRANSLATED, *_ELSEWHERE))
    return address.is_global and not address.is_multicast and not address.is_reserved and not beside


def _to(address: Address, request: httpx2.Request) -> httpx2.Request:
    # The header `Host` and the name that the certificate must have stay those of the URL.
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _host(text: str) -> str:
    if not text or set(text) - _HOST:
        raise ValueError(f"`{text}` is neither a network nor a host")
    return text.lower()
