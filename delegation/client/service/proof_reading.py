"""What a proof of possession beside a token shows, for the service that gets both (RFC 9449 §4.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.util import urlsafe_b64decode

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.dpop import TYPE, hash_of
from delegation.client.issuer.json_text import JSON, json_object
from delegation.client.service.targets import same_target


@dataclass(frozen=True, slots=True)
class _Form:
    """What the public key of an algorithm consists of."""

    kind: str
    curve: str
    members: tuple[str, ...]
    key: type[ECKey | OKPKey]


_FORMS: Final[Mapping[str, _Form]] = MappingProxyType(
    {
        "ES256": _Form("EC", "P-256", ("kty", "crv", "x", "y"), ECKey),
        "Ed25519": _Form("OKP", "Ed25519", ("kty", "crv", "x"), OKPKey),
    }
)
ALGORITHMS: Final = tuple(_FORMS)
"""What a proof may be signed with: none is symmetric."""
LONGEST_AGE: Final = timedelta(seconds=60)
"""How long after it was made a proof is accepted."""
AHEAD: Final = timedelta(seconds=10)
"""How far an agent's clock may be ahead."""

_LONGEST: Final = 8 * 1024
_LONGEST_ID: Final = 256
_LAST_SECOND: Final = 253_402_300_799  # the year 9999 ends
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES: Final = frozenset({TYPE, f"application/{TYPE}"})
_MEMBERS: Final = frozenset({"typ", "alg", "jwk", "kid"})
"""What a header may hold: whatever else changes how a JWS is read, or where its key is from, is refused."""
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class BadProof(Exception):
    """The proof does not show what it should; the text says why, and may be told to its sender."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A request as a proof must speak of it: the address is the one that agents use."""

    method: str
    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good proof shows. Whether it was used before, and whether its nonce is good, it does not."""

    key: str
    """Thumbprint of the key that signed it (RFC 7638)."""
    id: str
    """Names the proof among all others, in a size that no sender chooses."""
    nonce: str | None


def read_proof(text: str, presented: Presented, now: datetime) -> Proof:
    """Return what a proof shows about a request at `now`; raises BadProof."""
    if len(text) > _LONGEST or _COMPACT.fullmatch(text) is None:
        raise BadProof("the proof is not one JWT")
    header = _members(text, 0)
    if not header.keys() <= _MEMBERS or str(header.get("typ")).lower() not in _TYPES:
        raise BadProof("the header is not that of a proof")
    algorithm = header.get("alg")
    key = _key_in(header.get("jwk"), algorithm)
    try:
        jws.deserialize_compact(text, key, algorithms=[str(algorithm)])
    except (JoseError, ValueError):
        raise BadProof("the signature is not by the key in the header") from None
    claims, thumbprint = _members(text, 1), key.thumbprint()
    _refuse_other_request(claims, presented)
    _refuse_other_time(claims.get("iat"), now)
    once = sha256(f"{thumbprint} {_text(claims, 'jti')}".encode()).hexdigest()
    return Proof(thumbprint, once, _text(claims, "nonce") if "nonce" in claims else None)


def _refuse_other_request(claims: Mapping[str, JSON], presented: Presented) -> None:
    if claims.get("htm") != presented.method:
        raise BadProof("`htm` is not the method of the request")
    if not same_target(_text(claims, "htu", _LONGEST), presented.url):
        raise BadProof("`htu` is not the address of the request")
    if claims.get("ath") != hash_of(presented.token):
        raise BadProof("`ath` is not the hash of the token")


def _refuse_other_time(made_at: JSON, now: datetime) -> None:
    if not isinstance(made_at, int | float) or isinstance(made_at, bool) or not 0 <= made_at <= _LAST_SECOND:
        raise BadProof("`iat` is no time")
    age = now - datetime.fromtimestamp(made_at, UTC)
    if not -AHEAD <= age <= LONGEST_AGE:
        raise BadProof("`iat` is not of this moment")


def _key_in(jwk: JSON, algorithm: JSON) -> ECKey | OKPKey:
    if not isinstance(jwk, Mapping) or _PRIVATE & jwk.keys():
        raise BadProof("`jwk` is no public key")
    form = _FORMS.get(str(algorithm))
    if form is None or (jwk.get("kty"), jwk.get("crv")) != (form.kind, form.curve):
        raise BadProof(f"a proof is signed with one of {', '.join(ALGORITHMS)}, by a key for it")
    try:
        return form.key.import_key({name: str(jwk.get(name)) for name in form.members})
    except (JoseError, ValueError):
        raise BadProof("`jwk` is no key") from None


def _members(text: str, place: int) -> Mapping[str, JSON]:
    try:
        return json_object(urlsafe_b64decode(text.split(".")[place].encode()))
    except (UnexpectedAnswer, ValueError):
        raise BadProof("a part of the proof is no JSON object") from None


def _text(claims: Mapping[str, JSON], name: str, longest: int = _LONGEST_ID) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise BadProof(f"`{name}` is missing, or is no text of at most {longest} characters")
    return value
