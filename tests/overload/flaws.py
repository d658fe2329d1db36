"""Servers without what these tests are about: they have to fail them."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from delegation.app.admitted import Admitted
from delegation.app.bounds import Bounds
from delegation.app.patience import Patient
from delegation.overload import Gate, Overloaded, Room, Ticket
from delegation.overload.capacity import LEAST


def let_everybody_in() -> None:
    """Turn nobody away."""
    _replace(Gate, "_place_in", lambda _, wanted, __: wanted)


def refuse_late() -> None:
    """Turn away who is too many when it is known who that is, and not before."""
    let_everybody_in()
    recognize = Gate.recognize

    def late(gate: Gate, ticket: Ticket, client: str, organization: str | None) -> None:
        recognize(gate, ticket, client, organization)
        if gate.under_way > LEAST:
            raise Overloaded("too late")

    _replace(Gate, "recognize", late)


def know_nobody() -> None:
    """Share room out among all alike, whoever they are."""

    def ignore(*_: object) -> None:
        """Recognize nobody."""

    _replace(Gate, "recognize", ignore)


def reserve_nothing() -> None:
    """Refuse what takes rights away as soon as anything else."""

    def place(gate: Gate, _: Room, __: str) -> Room | None:
        return Room.REST if gate.under_way < gate.limit else None

    _replace(Gate, "_place_in", place)


def refuse_all_but_reserved() -> None:
    """Be as full as can be."""
    _replace(Gate, "_place_in", lambda _, wanted, __: None if wanted is Room.REST else wanted)


def wait_for_ever() -> None:
    """Never end what is slow."""
    _replace(Patient, "_look", lambda _: None)


def hurry(answer: float = 20.0) -> None:
    """Wait for half a second where seconds are meant: no flaw, but what tests have time for."""
    init = Bounds.__init__

    def hurried(bounds: Bounds, *, body: int, connections: int) -> None:
        init(bounds, body, connections, arrival=0.5, answer=answer, look=0.05)

    _replace(Bounds, "__init__", hurried)


def hurry_and_wait_for_ever() -> None:
    """Have as little time, and never end what is slow."""
    hurry()
    wait_for_ever()


def never_answer() -> None:
    """Let requests for tokens wait for ever, and give them half a second."""
    hurry(answer=0.5)
    init = Admitted.__init__

    def within(admitted: Admitted, app: Any, ticket: Any) -> None:  # noqa: ANN401 - what ASGI hands on
        async def hanging(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - the same
            if scope["path"] == "/token":
                await asyncio.Event().wait()
            await app(scope, receive, send)

        init(admitted, hanging, ticket)

    _replace(Admitted, "__init__", within)


FLAWS: Final[Mapping[str, Callable[[], None]]] = {
    "let everybody in": let_everybody_in,
    "refuse late": refuse_late,
    "know nobody": know_nobody,
    "reserve nothing": reserve_nothing,
    "full": refuse_all_but_reserved,
    "hurry": hurry,
    "hurry to answer": partial(hurry, answer=0.5),
    "never answer": never_answer,
    "hurry and wait for ever": hurry_and_wait_for_ever,
}


def _replace(owner: object, name: str, new: object) -> None:
    assert hasattr(owner, name), name
    setattr(owner, name, new)
