"""Ports on which nobody listens, for servers that have to know theirs before they start."""

import os
import socket
from itertools import cycle
from typing import Final

# Below those that Linux takes for connections: a port that a server leaves for a moment is taken by none of them.
_PORTS: Final = range(16_384, 32_768)
_SLICES: Final = 64
_WORKER: Final = os.environ.get("PYTEST_XDIST_WORKER", "")  # noqa: TID251 - nothing else tells runners of tests apart


def _ours() -> range:
    """Return the ports of this runner of tests alone, or all of them when it is the only one."""
    if not _WORKER:
        return _PORTS
    size = len(_PORTS) // _SLICES
    begin = int(_WORKER.removeprefix("gw")) % _SLICES * size
    return _PORTS[begin : begin + size]


def _turned(ports: range) -> list[int]:
    """Return the ports from another one on for each process: several runs of the tests seldom try the same."""
    begin = os.getpid() * 97 % len(ports)
    return [*ports[begin:], *ports[:begin]]


_NEXT: Final = cycle(_turned(_ours()))


def free_port() -> int:
    """Return a port on which nobody listens, and not one that was returned a moment ago."""
    for port in _NEXT:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("there are always ports")
