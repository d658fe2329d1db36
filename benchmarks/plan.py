"""What is measured of the service, in which order, against what, and the goal of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Self, TypeAlias

from benchmarks import bare, wire
from benchmarks.organization import Size
from benchmarks.questions import Asked, questions
from benchmarks.world import CHAIN_LENGTH, World

CHAINS: Final = (1, 2, CHAIN_LENGTH)
"""Lengths of chains: a single delegation, one more, and as many as a deployment lets there be."""
_MOST_ASSERTIONS: Final = 50_000
_ASSERTIONS_A_SECOND: Final = 3_000
"""More than any server here can take; a measurement that uses up its assertions ends early."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What requests for one measurement are made of."""

    world: World
    tokens: Mapping[int, tuple[str, ...]]
    """Access tokens by the length of their chain; several: a service sees many tokens, each more than once."""
    asked: Asked
    time: float
    """Seconds that the measurement takes, its warm-up included."""

    @classmethod
    def of(cls, world: World, size: Size, time: float) -> Self:
        """Return the occasion that a furnished service gives while it is being served. Raises HTTPStatusError."""
        tokens = {length: wire.access_tokens(world, world.chain[length - 1]) for length in CHAINS}
        return cls(world, tokens, questions(size), time)

    @property
    def assertions(self) -> int:
        """How many client assertions have to be there, of which each can be used once."""
        return assertions_for(self.time)


def assertions_for(time: float) -> int:
    """Return how many client assertions are enough for a measurement of so many seconds."""
    return min(_MOST_ASSERTIONS, 200 + int(time * _ASSERTIONS_A_SECOND))


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
    calm: bool = False
    """Whether it is also measured while the server has time, since its latency is published."""


def _introspection(occasion: Occasion, length: int = 1) -> tuple[str, ...]:
    return tuple(wire.introspection(occasion.world, token) for token in occasion.tokens[length])


def _evaluation(occasion: Occasion, length: int = 1) -> tuple[str, ...]:
    return tuple(wire.evaluation(occasion.world, token) for token in occasion.tokens[length])


def _allowed(occasion: Occasion) -> tuple[str, ...]:
    return tuple(wire.evaluation_of_user(occasion.world, *pair) for pair in occasion.asked.allowed)


def _refused(occasion: Occasion) -> tuple[str, ...]:
    return tuple(wire.evaluation_of_user(occasion.world, *pair) for pair in occasion.asked.refused)


def _by_receipt(occasion: Occasion, length: int = 1) -> tuple[str, ...]:
    return (wire.exchange_by_receipt(occasion.world.chain[length - 1]),)


def _by_user_token(occasion: Occasion) -> tuple[str, ...]:
    return (wire.exchange_by_user_token(occasion.world),)


def _by_key(occasion: Occasion) -> tuple[str, ...]:
    return wire.exchanges_by_key(occasion.world, occasion.assertions)


def _identity(occasion: Occasion) -> tuple[str, ...]:
    return (wire.identity(occasion.world),)


def _identity_by_key(occasion: Occasion) -> tuple[str, ...]:
    return wire.identities_by_key(occasion.world, occasion.assertions)


BARE: Final = (
    Endpoint("bare-form", "bare endpoint, the form of introspection", _introspection, bare.MARKER),
    Endpoint("bare-exchange", "bare endpoint, the form of exchange", _by_receipt, bare.MARKER),
    Endpoint("bare-json", "bare endpoint, the JSON of evaluation", _evaluation, bare.MARKER),
    Endpoint("bare-identity", "bare endpoint, the form of an agent's own token", _identity, bare.MARKER),
)

_ACTIVE: Final = '"active":true'
_YES, _NO = '"decision":true', '"decision":false'
_ISSUED: Final = '"issued_token_type":"'
_OWN: Final = '"access_token":"'


Chained: TypeAlias = Callable[[Occasion, int], tuple[str, ...]]
"""Returns the requests for a chain of some length."""


def _of_length(requests: Chained, length: int, occasion: Occasion) -> tuple[str, ...]:
    return requests(occasion, length)


def _chained(short: Endpoint, requests: Chained, longest: float | None = None) -> tuple[Endpoint, ...]:
    """Return an endpoint for one delegation, and the same for longer chains, which are compared with it.

    `longest` is the goal of the longest chain.
    """
    longer = (
        Endpoint(
            f"{short.name}-{length}",
            f"{short.title}, chain of {length}",
            partial(_of_length, requests, length),
            short.marker,
            baseline=short.name,
            goal=longest if length == CHAIN_LENGTH else None,
            calm=short.calm,
        )
        for length in CHAINS[1:]
    )
    return (short, *longer)


SERVICE: Final = (
    *_chained(
        Endpoint("introspect", "introspection", _introspection, _ACTIVE, "bare-form", 0.6, calm=True),
        _introspection,
        longest=0.67,  # It may take half as much time again as for a single delegation.
    ),
    *_chained(
        Endpoint("evaluate", "evaluation of a token", _evaluation, _YES, "bare-json", 0.6, calm=True), _evaluation
    ),
    Endpoint("evaluate-user", "evaluation of a user, allowed", _allowed, _YES, "bare-json"),
    Endpoint("evaluate-refused", "evaluation of a user, refused", _refused, _NO, "bare-json"),
    *_chained(
        Endpoint(
            "exchange-receipt", "exchange, receipt and secret", _by_receipt, _ISSUED, "bare-exchange", 0.3, calm=True
        ),
        _by_receipt,
    ),
    Endpoint("exchange-token", "exchange, user token and secret", _by_user_token, _ISSUED, "bare-exchange", 0.3),
    Endpoint(
        "exchange-key", "exchange, receipt and private_key_jwt", _by_key, _ISSUED, "bare-exchange", 0.2, once=True
    ),
    Endpoint("identity", "an agent's own token, secret", _identity, _OWN, "bare-identity"),
    Endpoint(
        "identity-key", "an agent's own token, private_key_jwt", _identity_by_key, _OWN, "bare-identity", once=True
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
