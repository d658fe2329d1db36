"""Origins: by what strangers are counted, of whom nothing is known but where they come from."""

from ipaddress import IPv6Address, ip_network

from starlette.types import Scope


def origin_of(scope: Scope) -> str:
    """Return where a request comes from; whoever has an IPv6 address has all of its network."""
    host = scope["client"][0] if scope.get("client") else ""
    if ":" not in host:
        return host
    try:
        return str(ip_network((IPv6Address(host.partition("%")[0]), 64), strict=False))
    except ValueError:
        return host
