"""Once: what a request means that its sender may repeat, because the answer can be lost where the change was made."""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from delegation.store import KeptAnswer, Unit

T = TypeVar("T")
V = TypeVar("V")


class Once(Protocol[T]):
    """One request under one idempotency key: carried out once, and answered alike however often it is sent."""

    @property
    def key(self) -> str:
        """Names who asks under which idempotency key."""

    def keep(self, answer: T) -> KeptAnswer:
        """Return the answer to this request as it is kept."""

    def read(self, kept: KeptAnswer) -> T:
        """Return an answer that was kept. Raises when it answers another request, or cannot be read any longer."""


class Noticed(Generic[T]):
    """A request that may be repeated, with a note whether it was answered by what was kept."""

    def __init__(self, once: Once[T]) -> None:
        """Note it of this request."""
        self._once = once
        self.told = False

    @property
    def key(self) -> str:
        """The key of the request."""
        return self._once.key

    def keep(self, answer: T) -> KeptAnswer:
        """Return the answer as it is kept."""
        return self._once.keep(answer)

    def read(self, kept: KeptAnswer) -> T:
        """Return an answer that was kept."""
        self.told = True
        return self._once.read(kept)


def keeping(once: Once[T], decide: Callable[[V], tuple[T, Unit]]) -> Callable[[V], tuple[T, Unit]]:
    """Return a decision whose unit brings its answer along. Where nothing is to be changed, nothing is to be kept."""

    def decided(on: V) -> tuple[T, Unit]:
        answer, unit = decide(on)
        return answer, unit if unit == Unit() else replace(unit, answer=once.keep(answer))

    return decided
