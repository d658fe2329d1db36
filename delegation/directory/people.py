"""Who a user token speaks of: a trusted provider's word, verified, and the user it names here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from delegation.directory.development import DevelopmentProvider
from delegation.directory.errors import Unknown
from delegation.quotas import count_person
from delegation.state.entities import IdentityProvider
from delegation.state.pictures import Pictures
from delegation.state.platform import Platform
from delegation.state.views import View, partition_of_user
from delegation.state.world import World
from delegation.store import Store
from delegation.tokens import (
    InvalidToken,
    KeysAt,
    KeysIn,
    Provider,
    ProviderKeys,
    Reason,
    UserToken,
    VerificationKeys,
    claimed_issuer,
    read_user_token,
    usable_keys,
)

_FILE: Final = "file://"
_OPENID: Final = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})
"""Scopes of OpenID Connect, which say nothing of what may be done here."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user, known by a token of a provider that is trusted to say so."""

    user: str
    provider: IdentityProvider
    token: UserToken

    @property
    def scope(self) -> frozenset[str] | None:
        """The permissions the token is restricted to; None when its scope restricts nothing.

        Scopes that mean nothing here restrict too: unknown means no.
        """
        if self.token.scope is None:
            return None
        words = frozenset(self.token.scope.split())
        return None if words and words <= _OPENID else words - _OPENID

    @property
    def restricted(self) -> bool:
        """Whether the token stands for less than the person."""
        return self.scope is not None or self.token.details is not None


class People:
    """Identifies people by their tokens."""

    def __init__(
        self,
        store: Store,
        pictures: Pictures,
        keys: ProviderKeys,
        *,
        clock: Callable[[], datetime],
        development: DevelopmentProvider | None,
    ) -> None:
        """Trust the providers of the platform and, in development, the built-in one."""
        self._store = store
        self._pictures = pictures
        self._keys = keys
        self._clock = clock
        self._development = development
        self._inline: dict[str, tuple[Mapping[str, Any], VerificationKeys]] = {}

    async def identify(self, text: str, *, audience: Callable[[IdentityProvider], str]) -> Person:
        """Return the person a token speaks of, if it is meant for the audience alone.

        Raises InvalidToken when it is not acceptable, ProviderUnavailable when its keys cannot be had.
        What it returns holds for the provider as it was just now: `confirm` it on the view that decides.
        """
        memory = self._keys.memory
        issuer = claimed_issuer(text, memory)
        view = await self._pictures.view()
        provider = self._provider(view.platform, issuer)
        if provider is None:
            raise InvalidToken(Reason.ISSUER, "the issuer of the token is not trusted here")
        source = self._source(view.platform, provider, audience(provider))
        keys = await self._keys.for_token(source, text)
        token = read_user_token(text, provider=source, keys=keys, memory=memory, now=self._clock())
        return Person(await self._user(provider, token), provider, token)

    async def by_own_hand(self, text: str, *, audience: str) -> Person:
        """Return the person whose own hand this is: by a token for this audience alone that is not restricted.

        Raises InvalidToken and ProviderUnavailable.
        """
        person = await self.identify(text, audience=lambda _: audience)
        if person.restricted:
            raise InvalidToken(Reason.CLAIM, "a restricted token cannot stand for the person here")
        count_person(person.user, person.provider.id)
        return person

    def confirm(self, view: View, person: Person) -> None:
        """Refuse a person whom the newest pictures no longer know as such. Raises InvalidToken."""
        if self._provider(view.platform, person.provider.issuer) != person.provider:
            raise InvalidToken(Reason.ISSUER, "the issuer of the token is not trusted here")
        account = view.users.get(person.user)
        if account is None or not account.active:
            raise InvalidToken(Reason.CLAIM, "the token names no active user")
        link = (person.token.issuer, person.token.subject)
        if person.provider.subjects == "linked" and link not in account.identities:
            raise InvalidToken(Reason.CLAIM, "the token names no active user")
        if person.token.client_id in view.platform.agents:
            raise InvalidToken(Reason.CLAIM, "the token was issued to an agent")
        _confirm_organization(view, person)

    def world_of_member(self, view: View, person: Person) -> World:
        """Return the world of a view's organization for an active member. Raises InvalidToken and Unknown."""
        self.confirm(view, person)
        world = view.world
        if world is None or not world.present(person.user):
            raise Unknown("you are not a member of such an organization")
        return world

    def _provider(self, platform: Platform, issuer: str) -> IdentityProvider | None:
        if self._development is not None and issuer == self._development.provider.issuer:
            return self._development.provider
        return platform.provider_of(issuer)

    def _source(self, platform: Platform, provider: IdentityProvider, audience: str) -> Provider:
        if self._development is not None and provider is self._development.provider:
            return Provider(provider.issuer, audience, self._development.keys(platform))
        known = self._inline.get(provider.id)
        if provider.jwks is not None and (known is None or known[0] is not provider.jwks):
            known = (provider.jwks, usable_keys(dict(provider.jwks)))
            self._inline[provider.id] = known
        if provider.jwks is not None and known is not None:
            return Provider(provider.issuer, audience, known[1])
        address = provider.jwks_uri or ""
        if address.startswith(_FILE):
            return Provider(provider.issuer, audience, KeysIn(Path(address.removeprefix(_FILE))))
        return Provider(provider.issuer, audience, KeysAt(address))

    async def _user(self, provider: IdentityProvider, token: UserToken) -> str:
        if provider.subjects == "same":
            return token.subject
        key = {"issuer": token.issuer, "subject": token.subject}
        partitions = await self._store.partitions_with("identities", key)
        if len(partitions) != 1:
            raise InvalidToken(Reason.CLAIM, "the token names no active user")
        return partitions[0].removeprefix(partition_of_user(""))


def _confirm_organization(view: View, person: Person) -> None:
    """Refuse a person who speaks for another organization than the view's. Raises InvalidToken."""
    provider, token = person.provider.organization, person.token.organization
    if len({provider, token} - {None}) > 1:
        raise InvalidToken(Reason.CLAIM, "the issuer speaks for another organization than the token names")
    if view.organization is None:
        return
    if provider not in {None, view.organization.id}:
        raise InvalidToken(Reason.ISSUER, "the issuer speaks for another organization")
    if token not in {None, view.organization.id}:
        raise InvalidToken(Reason.CLAIM, "the token is for another organization")
