"""The public keys of agents: registered here, or fetched from where the agent publishes them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import structlog

from delegation.oauth.errors import InvalidClient
from delegation.state.entities import Agent
from delegation.tokens import (
    ClaimedAssertion,
    KeysAt,
    ProviderUnavailable,
    RemoteKeys,
    VerificationKeys,
    usable_keys,
)

T = TypeVar("T")

NO_KEYS: Final = usable_keys({"keys": []})
_ATTEMPTS: Final = 3
"""How often a request is decided when each time keys turn out to be missing."""

_log = structlog.get_logger()


class KeysWanted(Exception):
    """A request cannot be decided before keys have been fetched: deciding waits for nobody."""

    def __init__(self, source: KeysAt, kid: str) -> None:
        """Say where the keys are, and which of them is wanted."""
        super().__init__("keys of an agent have to be fetched first")
        self.source = source
        self.kid = kid


class AgentKeys:
    """Finds the keys that an agent's assertions are verified with."""

    def __init__(self, remote: RemoteKeys) -> None:
        """Have what agents publish through `remote`."""
        self._remote = remote
        self._registered: dict[str, tuple[Mapping[str, Any], VerificationKeys]] = {}

    def of(self, agent: Agent, claimed: ClaimedAssertion) -> VerificationKeys:
        """Return the keys to verify an assertion with; none for an agent that authenticates by a secret.

        Raises KeysWanted where they have to be fetched first.
        """
        if agent.jwks_uri is not None:
            return self._published(KeysAt(agent.jwks_uri), claimed.kid)
        if agent.jwks is None:
            return NO_KEYS
        known = self._registered.get(agent.id)
        if known is None or known[0] is not agent.jwks:
            known = (agent.jwks, usable_keys(dict(agent.jwks)))
            self._registered[agent.id] = known
        return known[1]

    async def brought(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what an attempt returns, made again once the keys are there that it wanted.

        How often an address is asked is bounded, whoever names its agent: where it may not be asked, or does not
        answer, what is known must do. Raises what the attempt raises.
        """
        for _ in range(_ATTEMPTS):
            try:
                return await attempt()
            except KeysWanted as wanted:
                try:
                    await self._remote.having(wanted.source, wanted.kid)
                except ProviderUnavailable as error:
                    _log.warning("the keys of an agent cannot be had", address=wanted.source.url, cause=str(error))
        raise InvalidClient("the client could not be authenticated")

    def _published(self, source: KeysAt, kid: str) -> VerificationKeys:
        if self._remote.wanting(source, kid):
            raise KeysWanted(source, kid)
        try:
            return self._remote.known(source)
        except ProviderUnavailable:
            return NO_KEYS
