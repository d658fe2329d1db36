"""How evenly organizations of very different size can be spread, and how often one is asked about that was dropped.

Requests fall to organizations as Zipf found words to: the n-th of them gets a share that falls with a power of n.
"""

from collections.abc import Sequence
from hashlib import blake2b
from heapq import heapify, heapreplace
from math import exp


def shares(organizations: int, power: float) -> list[float]:
    """Return the share of all requests that each organization gets, the largest first."""
    weights = [(n + 1) ** -power for n in range(organizations)]
    whole = sum(weights)
    return [weight / whole for weight in weights]


def by_name(loads: Sequence[float], cells: int) -> float:
    """Return how many times its even share the fullest cell has when the name of an organization chooses its cell."""
    filled = [0.0] * cells
    for number, load in enumerate(loads):
        chosen = int.from_bytes(blake2b(str(number).encode(), digest_size=8).digest()) % cells
        filled[chosen] += load
    return max(filled) * cells / sum(loads)


def by_load(loads: Sequence[float], cells: int) -> float:
    """Return the same when each organization goes to the cell that is emptiest, the largest organizations first."""
    filled = [0.0] * cells
    heapify(filled)
    for load in loads:
        heapreplace(filled, filled[0] + load)
    return max(filled) * cells / sum(loads)


def missing(loads: Sequence[float], held: float) -> float:
    """Return the share of requests that find their organization dropped, where so many are held, the newest asked.

    By Che's approximation: an organization is held for a time that is the same for all, and in which as many different
    ones are asked about as there is room for.
    """
    if held >= len(loads):
        return 0.0
    low, high = 0.0, 1.0
    while _different(loads, high) < held:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _different(loads, middle) < held else (low, middle)
    return sum(load * exp(-load * high) for load in loads) / sum(loads)


def _different(loads: Sequence[float], requests: float) -> float:
    """Return how many different organizations so many requests are about."""
    return sum(1 - exp(-load * requests) for load in loads)
