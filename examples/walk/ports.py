"""Two ports on which nobody listens yet."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

USUAL: Final = 8400
HOST: Final = "127.0.0.1"


class PortTaken(Exception):
    """Somebody listens on a port that was asked for."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two services will listen, and what is to be said about the choice."""

    service: int
    documents: int
    remark: str = ""


def choose(wanted: int | None) -> Ports:
    """Return the usual ports, those wanted, or free ones; raises PortTaken for wanted ones."""
    first = USUAL if wanted is None else wanted
    if first and _are_free(first, first + 1):
        return Ports(first, first + 1)
    if wanted:
        raise PortTaken(f"port {first} or {first + 1} is taken; choose another with --port")
    with ExitStack() as held:
        service, documents = (held.enter_context(socket.create_server((HOST, 0))).getsockname()[1] for _ in range(2))
    remark = f"port {first} or {first + 1} is taken, so free ones were chosen" if first else ""
    return Ports(service, documents, remark)


def _are_free(*ports: int) -> bool:
    try:
        with ExitStack() as held:
            for port in ports:
                held.enter_context(socket.create_server((HOST, port)))
    except (OSError, OverflowError):
        return False
    return True
