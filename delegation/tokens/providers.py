"""Trusted identity providers and the keys that their tokens are verified with."""

from dataclasses import dataclass
from typing import TypeAlias

from delegation.tokens.jws import Kind
from delegation.tokens.key_sources import KeysAt, KeysIn
from delegation.tokens.memory import Memory
from delegation.tokens.remote_keys import RemoteKeys
from delegation.tokens.verification_keys import VerificationKeys

KeySource: TypeAlias = VerificationKeys | KeysAt | KeysIn


@dataclass(frozen=True, slots=True)
class Provider:
    """A trusted issuer of user tokens: the audience they must be for, and where its keys are."""

    issuer: str
    audience: str
    source: KeySource


class ProviderKeys:
    """The keys of identity providers."""

    def __init__(self, remote: RemoteKeys, memory: Memory | None = None) -> None:
        """Have the keys of those that publish them through `remote`; what they signed is remembered in `memory`."""
        self._remote = remote
        self.memory = Memory() if memory is None else memory

    async def for_token(self, provider: Provider, encoded: str) -> VerificationKeys:
        """Return the provider's keys, as new as this token needs them.

        Raises InvalidToken for a token in bad form and ProviderUnavailable when the keys cannot be had.
        """
        kid = self.memory.signer(encoded, Kind.USER_TOKEN)
        if isinstance(provider.source, VerificationKeys):
            return provider.source
        return await self._remote.having(provider.source, kid)
