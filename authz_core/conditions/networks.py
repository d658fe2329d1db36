"""Addresses and networks of the Internet Protocol; an IPv4 address inside IPv6 counts as what it is, IPv4."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_KEPT: Final = 4_096  # parsed texts, each of them short: parsing costs more than evaluating
_LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,2}")


def canonical(text: str) -> str:
    """Return the address in its one canonical form, so that equal addresses are equal texts."""
    return str(_address(text))


def in_cidr(address: str, cidr: str) -> bool:
    """Tell whether the network holds the address; one of the other version is in none."""
    return _address(address) in _network(cidr)


@lru_cache(_KEPT)
def _address(text: str) -> IPv4Address | IPv6Address:
    """Return the address; raise `ValueError` for anything else, a zone included, which means nothing elsewhere."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        raise ValueError
    return address.ipv4_mapped or address


@lru_cache(_KEPT)
def _network(text: str) -> IPv4Network | IPv6Network:
    """Return the network, in which bits of a host may be set; raise `ValueError` for anything else.

    The standard library also takes a bare address or a mask, as the language does not. A network of IPv4 addresses
    written inside IPv6 would hold no address at all, and `!ip.in_cidr(…)` would always be met.
    """
    _, _, length = text.partition("/")
    if not _LENGTH.fullmatch(length):
        raise ValueError
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and (
        network.network_address.scope_id is not None or network.network_address.ipv4_mapped is not None
    ):
        raise ValueError
    return network
