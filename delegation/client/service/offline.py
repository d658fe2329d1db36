"""Tokens judged by what the issuer signed, without asking it: as true as they were when they were issued."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Final

import httpx2
from typing_extensions import override

from delegation.client.issuer.closing import Closing
from delegation.client.issuer.json_text import JSON
from delegation.client.issuer.key_cache import KeyCache
from delegation.client.issuer.published_keys import NotSigned, PublishedKeys, named_key, signed_claims
from delegation.client.service.answers import Allowed, Answer, Denied, resource_parts
from delegation.client.service.delegated_caller import DelegatedCaller, Meant
from delegation.client.service.questions import Until
from delegation.client.service.token_claims import TYPES, caller_by_claims
from delegation.client.settings import ClientSettings

REMEMBERED: Final = 4_096
"""Tokens whose signature is not verified a second time, at most."""


@dataclass(slots=True, eq=False)
class OfflineVerifier(Closing):
    """Verifies tokens for one `audience` with the keys that the issuer publishes, and knows no more than they say.

    A token is believed until it expires, whatever was revoked, suspended or lost meanwhile: that is the exposure.
    A token whose delegation has a budget is refused, since nobody would count its uses.
    To decide, it knows what the token allowed at its identifier when it was issued, and nothing of what lies beneath:
    so beside it, questions are best asked of a `ServiceClient`. Use it within one event loop.
    """

    issuer: str
    _: KW_ONLY
    audience: str
    http: httpx2.AsyncClient | None = field(default=None, repr=False)
    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    _keys: KeyCache = field(init=False, repr=False)
    _verified: OrderedDict[str, Mapping[str, JSON]] = field(init=False, repr=False, default_factory=OrderedDict)
    _verified_by: PublishedKeys | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Raise ValueError where the audience is missing, UntrustedIssuer for an issuer that cannot be used."""
        if not self.audience:
            raise ValueError("a service has an `audience`")
        self._keys = KeyCache(self.issuer, self.http, self.settings)

    async def verify(self, token: str, *, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token, beside a proof of the key of this thumbprint; None if it is not good here.

        Raises Unavailable where the issuer's keys are not known.
        """
        try:
            claims = self._claims_in(token, await self._keys.naming(named_key(token)))
        except NotSigned:
            return None
        return caller_by_claims(claims, token, Meant(self.issuer, self.audience, self.settings.clock(), key))

    async def evaluate(self, who: DelegatedCaller, permission: str, resource: str) -> Answer:
        """Return whether the token allowed it when it was issued; denied where the token does not tell."""
        return self._answer(who, permission, resource)

    async def evaluate_all(
        self, who: DelegatedCaller, asked: Sequence[tuple[str, str]], *, until: Until = Until.ALL
    ) -> tuple[Answer, ...]:
        """Return the answers to several questions, as far as `until` goes."""
        answers: list[Answer] = []
        for permission, resource in asked:
            answers.append(self._answer(who, permission, resource))
            if until is (Until.ALLOWED if isinstance(answers[-1], Allowed) else Until.DENIED):
                break
        return tuple(answers)

    async def search_resources(self, who: DelegatedCaller, permission: str, type: str) -> AsyncIterator[str]:
        """Yield the token's identifier if it is of the type and the permission was allowed there: no more is told."""
        for entry in who.details:
            identifier = str(entry.get("identifier"))
            if identifier.partition(":")[0] == type and isinstance(self._answer(who, permission, identifier), Allowed):
                yield identifier

    @override
    async def close(self) -> None:
        """Stop asking for keys."""
        await self._keys.close()

    def _claims_in(self, token: str, keys: PublishedKeys) -> Mapping[str, JSON]:
        """Return the claims of a token that was signed with one of the keys; raises NotSigned."""
        if self._verified_by is not keys:
            self._verified.clear()
            self._verified_by = keys
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verified[token] = signed_claims(token, keys, TYPES)
            while len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        return claims

    def _answer(self, who: DelegatedCaller, permission: str, resource: str) -> Answer:
        if who.expires_at <= self.settings.clock().timestamp():
            return Denied("token_expired", "the token is not valid at this time", {"term": "status"}, None)
        if resource_parts(resource) is None:
            return Denied("malformed_resource", "", {}, None)
        for entry in who.details:
            if entry.get("identifier") != resource:
                continue
            actions = entry.get("actions")
            if isinstance(actions, list) and permission in actions:
                return Allowed(None)
            return Denied("not_held", f"`{permission}` was not allowed when it was issued", {"term": "token"}, None)
        told = " and ".join(f"`{entry.get('identifier')}`" for entry in who.details)
        detail = f"nobody is asked here, and the token tells of {told} alone; get one for `{resource}` itself"
        return Denied("not_told", detail, {"term": "token"}, None)
