"""Which addresses may be sent a secret or a token: https ones, and this machine's own."""

import ipaddress
import re
from typing import Final

import httpx2

_LAST_PORT: Final = 65_535
_USER: Final = re.compile(r"//[^/?#]*@")


def is_protected(address: str) -> bool:
    """Return whether nobody on the way to the absolute address can read what is sent there."""
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        return False
    if not url.host or url.userinfo or (url.port or 0) > _LAST_PORT:
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_this_machine(url.host))


def origin_of(url: httpx2.URL) -> str:
    """Return what all addresses of one server have in common (RFC 6454 §4)."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def shown(address: str) -> str:
    """Return the address as it may be told: what stands before an `@` may be a password."""
    return _USER.sub("//...@", address)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
