"""Where answers come from: the issuer, asked each time; what a token itself says; or an engine that runs beside it."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from delegation.client.service.answers import Answer
from delegation.client.service.delegated_caller import DelegatedCaller
from delegation.client.service.questions import Until
from delegation.client.settings import ClientSettings


@runtime_checkable
class Verifier(Protocol):
    """Tells who presents a token to one service."""

    @property
    def audience(self) -> str:
        """What tokens must be meant for, to be accepted here."""
        ...

    @property
    def settings(self) -> ClientSettings:
        """The clock, among others."""
        ...

    async def verify(self, token: str, *, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token, beside a proof of the key of this thumbprint; None if it is not good here.

        Raises Unavailable and the other errors of this library where that cannot be told.
        """
        ...


class Decider(Protocol):
    """Tells what somebody with a verified token may do. Whatever cannot be told raises: it is never a yes."""

    @property
    def audience(self) -> str:
        """The service that asks."""
        ...

    async def evaluate(self, who: DelegatedCaller, permission: str, resource: str, /) -> Answer:
        """Return whether a caller may do it to a resource (`type:id`)."""
        ...

    async def evaluate_all(
        self, who: DelegatedCaller, asked: Sequence[tuple[str, str]], /, *, until: Until = Until.ALL
    ) -> tuple[Answer, ...]:
        """Return the answers to several questions, each a permission and a resource, in their order."""
        ...

    def search_resources(self, who: DelegatedCaller, permission: str, type: str, /) -> AsyncIterator[str]:
        """Yield the resources of a type, as `type:id`, to which a caller may do it."""
        ...
