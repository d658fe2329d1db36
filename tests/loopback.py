"""Keeps the process that runs the tests on its own machine."""

import sys
from ipaddress import ip_address

_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class NetworkRefused(RuntimeError):
    """A test tried to leave the machine."""


def guard() -> None:
    """Refuse, for the rest of this process, every connection and look-up that leaves loopback.

    An audit hook sees what every library does with sockets, however it came by them.
    """
    sys.addaudithook(_inspect)


def stays_here(host: object) -> bool:
    """Tell whether `host`, an address or a name, can only mean this machine."""
    if host is None or host in {"", "localhost", b"localhost"}:
        return True
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _inspect(event: str, arguments: tuple[object, ...]) -> None:
    if event in _RESOLVING:
        _refuse_strangers(arguments[0])
    elif event in _SENDING and isinstance(arguments[1], tuple):  # a path names a local socket
        _refuse_strangers(arguments[1][0])


def _refuse_strangers(host: object) -> None:
    if not stays_here(host):
        message = f"tests stay on loopback, but something wanted to reach `{host}`"
        raise NetworkRefused(message)
