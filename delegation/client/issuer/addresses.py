"""Which addresses may be sent a secret or a token: https ones, and this machine's own."""

import ipaddress

import httpx2


def is_protected(address: str) -> bool:
    """Return whether nobody on the way to the absolute address can read what is sent there."""
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        return False
    if not url.host or url.userinfo:
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_this_machine(url.host))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
