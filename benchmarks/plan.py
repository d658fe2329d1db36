"""What is measured, in which order, against what, and the goal of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from benchmarks import bare, wire
from benchmarks.world import World

_MOST_ASSERTIONS: Final = 50_000
_ASSERTIONS_A_SECOND: Final = 3_000
"""More than any service here can take; a measurement that uses up its assertions ends early."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What requests for one measurement are made of."""

    world: World
    access_tokens: tuple[str, ...]
    """Several: a service sees many tokens, each more than once."""
    chained_tokens: tuple[str, ...]
    """As many, of the last agent of the longest chain."""
    time: float
    """Seconds that the measurement takes, its warm-up included."""

    @classmethod
    def of(cls, world: World, time: float) -> Self:
        """Return the occasion that a furnished service gives while it is being served. Raises HTTPStatusError."""
        return cls(world, wire.access_tokens(world, world.planner), wire.access_tokens(world, world.last), time)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint to measure."""

    name: str
    title: str
    requests: Callable[[Occasion], tuple[str, ...]]
    marker: str
    """What every good answer contains."""
    baseline: str | None = None
    """The endpoint it is compared with; None for a bare endpoint."""
    goal: float | None = None
    """How many requests a second it should reach, as a share of those of the baseline."""
    once: bool = False
    """Whether each request can be sent only once."""


def _introspection(occasion: Occasion) -> tuple[str, ...]:
    return tuple(wire.introspection(occasion.world, token) for token in occasion.access_tokens)


def _chained(occasion: Occasion) -> tuple[str, ...]:
    return tuple(wire.introspection(occasion.world, token) for token in occasion.chained_tokens)


def _evaluation(occasion: Occasion) -> tuple[str, ...]:
    return tuple(wire.evaluation(occasion.world, token) for token in occasion.access_tokens)


def _by_receipt(occasion: Occasion) -> tuple[str, ...]:
    return (wire.exchange_by_receipt(occasion.world),)


def _by_user_token(occasion: Occasion) -> tuple[str, ...]:
    return (wire.exchange_by_user_token(occasion.world),)


def _by_key(occasion: Occasion) -> tuple[str, ...]:
    count = min(_MOST_ASSERTIONS, 200 + int(occasion.time * _ASSERTIONS_A_SECOND))
    return wire.exchanges_by_key(occasion.world, count)


BARE: Final = (
    Endpoint("bare-form", "bare endpoint, the form of introspection", _introspection, bare.MARKER),
    Endpoint("bare-exchange", "bare endpoint, the form of exchange", _by_receipt, bare.MARKER),
    Endpoint("bare-json", "bare endpoint, the JSON of evaluation", _evaluation, bare.MARKER),
)

_ISSUED: Final = '"issued_token_type":"'
SERVICE: Final = (
    Endpoint("introspect", "introspection", _introspection, '"active":true', "bare-form", 0.6),
    # At five delegations it may take half as much time again as at one.
    Endpoint("introspect-chain", "introspection, chain of 5", _chained, '"active":true', "introspect", 0.67),
    Endpoint("evaluate", "evaluation of a token", _evaluation, '"decision":true', "bare-json", 0.6),
    Endpoint("exchange-receipt", "exchange, receipt and secret", _by_receipt, _ISSUED, "bare-exchange", 0.3),
    Endpoint("exchange-token", "exchange, user token and secret", _by_user_token, _ISSUED, "bare-exchange", 0.3),
    Endpoint(
        "exchange-key", "exchange, receipt and private_key_jwt", _by_key, _ISSUED, "bare-exchange", 0.2, once=True
    ),
)
CHECK: Final = "check"
"""The check in process, which needs no server."""
NAMES: Final = (*(endpoint.name for endpoint in (*BARE, *SERVICE)), CHECK)


def chosen(names: tuple[str, ...]) -> tuple[Endpoint, ...]:
    """Return the endpoints to measure, with those that they are compared with; all when no name is given."""
    wanted = set(names) or set(NAMES)
    for endpoint in reversed(SERVICE):  # What is compared stands after what it is compared with.
        if endpoint.name in wanted:
            wanted.add(str(endpoint.baseline))
    return tuple(endpoint for endpoint in (*BARE, *SERVICE) if endpoint.name in wanted)
