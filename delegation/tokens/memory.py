"""What is remembered of tokens that were read: that their signature was good, and what it signed. Never a decision."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Generic, TypeAlias, TypeVar

from delegation.telemetry import metrics
from delegation.tokens.claims import Claims, expect_issuer
from delegation.tokens.jws import Kind, Opened, open_token, parse, verified
from delegation.tokens.strict_json import JSON
from delegation.tokens.verification_keys import VerificationKeys

T = TypeVar("T")

_MOST: Final = 8_192
_MOST_CHARACTERS: Final = 8_388_608
"""Of the tokens that were read. What is kept of one takes about three bytes for each of its characters."""
_OPENED: Final = 64
_OPENED_CHARACTERS: Final = 4_096
"""A longer token is none of ours; it is taken apart whenever it is looked at."""

_REMEMBERED: Final = metrics.SIGNATURES.labels("remembered")


_Parts: TypeAlias = tuple[dict[str, JSON], dict[str, JSON]]
"""Header and claims of a token that was taken apart."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """How tokens of one kind are read: what follows from their text alone, whoever asks and whenever."""

    kind: Kind
    value: type[T]
    of_claims: Callable[[Claims], T]
    """Returns what claims say that were signed; raises InvalidToken."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """What is remembered of a token that was read."""

    keys: VerificationKeys
    """The very keys that one of was found to have signed the token. Others prove nothing by it."""
    kid: str
    issued_by: Claims
    value: T
    characters: int


class Memory:
    """Tokens that one of a set of keys was found to have signed, those read last. For one thread.

    Invariant: what is kept follows from the text of a token and from an immutable set of keys, so that it is as true
    later. Everything else is judged each time: the issuer and the audience that are expected, times, revocation,
    rights. When keys change, another set takes the place of the old one, and no token counts as signed.
    No text of a token is kept, only its hash and what it says, which is worth nothing without its signature. Nothing
    is kept of a token that was refused; of one that was looked at and not read yet, what it says, for as long as
    there are not too many others.
    """

    def __init__(self, *, most: int = _MOST, characters: int = _MOST_CHARACTERS) -> None:
        """Keep at most so many tokens, which together have at most so many characters."""
        self._most = most
        self._room = characters
        self._kept: OrderedDict[bytes, Kept[Any]] = OrderedDict()
        self._opened: OrderedDict[bytes, _Parts] = OrderedDict()

    def read(self, token: str, reading: Reading[T], keys: VerificationKeys, issuer: str) -> T:
        """Return what a token of the issuer's says that one of the keys has signed; raises InvalidToken."""
        name = _name(token)
        kept = self._kept.get(name)
        if kept is not None and kept.keys is keys and isinstance(kept.value, reading.value):
            self._kept.move_to_end(name)
            _REMEMBERED.inc()
            expect_issuer(kept.issued_by, issuer)
            return kept.value
        parts = self._opened.pop(name, None)
        unverified = parse(open_token(token) if parts is None else Opened(token, *parts), kind=reading.kind)
        claims = verified(unverified, keys)
        expect_issuer(claims, issuer)
        value = reading.of_claims(claims)
        self._keep(name, Kept(keys, unverified.kid, {"iss": issuer}, value, len(token)))
        return value

    def kept(self, token: str, value: type[T]) -> Kept[T] | None:
        """Return what is remembered of a token of one kind; None for one that is not, or is of another kind.

        Good for whoever asks several things of it, and proves nothing but by the very keys that it names.
        """
        name = _name(token)
        kept = self._kept.get(name)
        if kept is None or not isinstance(kept.value, value):
            return None
        self._kept.move_to_end(name)
        return kept

    def said(self, token: str) -> object | None:
        """Return what a token was found to say, by whatever keys; None for one that is not remembered.

        As good as a look at the token itself: enough to know where to look, never more.
        """
        kept = self._kept.get(_name(token))
        return None if kept is None else kept.value

    def signer(self, token: str, kind: Kind) -> str:
        """Return the `kid` under which a token says it was signed; raises InvalidToken for bad form."""
        kept = self._kept.get(_name(token))
        return parse(self.opened(token), kind=kind).kid if kept is None else kept.kid

    def opened(self, token: str) -> Opened:
        """Return a token taken apart, once for all who look at it before it is read; raises InvalidToken."""
        name = _name(token)
        parts = self._opened.get(name)
        if parts is not None:
            return Opened(token, *parts)
        opened = open_token(token)
        if len(token) <= _OPENED_CHARACTERS:
            self._opened[name] = opened.header, opened.claims
        if len(self._opened) > _OPENED:
            self._opened.popitem(last=False)
        return opened

    def _keep(self, name: bytes, new: Kept[Any]) -> None:
        self._forget(self._kept.pop(name, None))
        self._kept[name] = new
        self._room -= new.characters
        while len(self._kept) > self._most or self._room < 0:
            self._forget(self._kept.popitem(last=False)[1])

    def _forget(self, kept: Kept[Any] | None) -> None:
        self._room += 0 if kept is None else kept.characters


def _name(token: str) -> bytes:
    """Return what tells a token from every other text."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
