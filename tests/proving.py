"""Makes proofs of possession, good ones and all kinds of bad ones, for whoever asks for them (RFC 9449)."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, Final

from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.tokens.forging import DROP, changed, sealed

Json = Any
_SERIAL: Final = count()
_STRANGER: Final = ECKey.generate_key("P-256")


@dataclass(frozen=True, slots=True)
class Prover:
    """Somebody with a key, who proves that it has it."""

    clock: Callable[[], datetime]
    key: ECKey | OKPKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def thumbprint(self) -> str:
        """The thumbprint of the key (RFC 7638)."""
        return self.key.thumbprint()

    def proof(self, url: str, method: str = "POST", *, header: Mapping[str, Json] | None = None, **claims: Json) -> str:
        """Return a new proof for a request; `header` and `claims` replace members, and DROP leaves one out."""
        algorithm = "ES256" if isinstance(self.key, ECKey) else "Ed25519"
        good_header = {"typ": "dpop+jwt", "alg": algorithm, "jwk": self.key.as_dict(private=False)}
        good = {"jti": f"proof-{next(_SERIAL)}", "htm": method, "htu": url, "iat": int(self.clock().timestamp())}
        return sealed(changed(good_header, header or {}), changed(good, claims), self.key, algorithm)


def ath(token: str) -> str:
    """Return the hash by which a proof names a token."""
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a proof: with its header, its claims, how its key is shown, or what is done to its text."""

    header: Mapping[str, Json] = field(default_factory=dict)
    claims: Mapping[str, Json] = field(default_factory=dict)
    shown: Callable[[ECKey | OKPKey], Mapping[str, Json]] = lambda _: {}
    spoil: Callable[[str], str] = str

    def proof(self, prover: Prover, url: str, method: str, **claims: Json) -> str:
        """Return a proof that would be good but for the flaw."""
        key = {"jwk": {**prover.key.as_dict(private=False), **self.shown(prover.key)}}
        return self.spoil(prover.proof(url, method, header={**key, **self.header}, **{**claims, **self.claims}))


def _flaws(member: str, values: list[Json]) -> dict[str, Flaw]:
    return {f"{member} {json.dumps(value, default=repr)[:40]}": Flaw(claims={member: value}) for value in values}


def _header(name: str, **members: Json) -> dict[str, Flaw]:
    return {name: Flaw(header=members)}


PRIVATE: Final = {
    "private key": Flaw(shown=lambda key: key.as_dict(private=True)),
    "empty private member": Flaw(shown=lambda _: {"d": ""}),
    "member that is null": Flaw(shown=lambda _: {"d": None}),
    "private member of RSA": Flaw(shown=lambda _: {"dp": "AQ"}),
    "secret beside the key": Flaw(shown=lambda _: {"k": "c2VjcmV0"}),
    **_header("symmetric key", jwk={"kty": "oct", "k": "c2VjcmV0"}),
}
ALGORITHMS: Final = {
    f"alg {name}": Flaw(header={"alg": name})
    for name in ("none", "None", "HS256", "HS512", "RS256", "PS256", "ES384", "ES512", "EdDSA", "Ed25519", "", None, 1)
}
TYPES: Final = {
    f"typ {name}": Flaw(header={"typ": name})
    for name in (DROP, None, "", "JWT", "dpop", "dpop+jwt ", "at+jwt", "client-authentication+jwt", "delegation+jwt", 1)
}
KEYS: Final = {
    **_header("no key", jwk=DROP),
    **_header("key that is none", jwk=None),
    **_header("key of text", jwk="key"),
    **_header("empty key", jwk={}),
    **_header("key of another curve", jwk=ECKey.generate_key("P-384").as_dict(private=False)),
    **_header("RSA key", jwk=RSAKey.generate_key(2048).as_dict(private=False)),
    **_header("point beside the curve", jwk={"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}),
    **_header("somebody else's key", jwk=_STRANGER.as_dict(private=False)),
    **_header("somebody else's Ed25519 key", jwk=OKPKey.generate_key("Ed25519").as_dict(private=False)),
}
EXTENSIONS: Final = {
    **_header("crit", crit=["exp"], exp=1),
    **_header("empty crit", crit=[]),
    **_header("b64", b64=False),
    **_header("jku", jku="https://evil.example/keys"),
    **_header("x5c", x5c=["MIIB"]),
    **_header("zip", zip="DEF"),
}
FORMS: Final = {
    "nothing": Flaw(spoil=lambda _: ""),
    "text": Flaw(spoil=lambda _: "proof"),
    "three letters": Flaw(spoil=lambda _: "a.b.c"),
    "two proofs in one header": Flaw(spoil=lambda proof: f"{proof}, {proof}"),
    "four segments": Flaw(spoil=lambda proof: f"{proof}.AAAA"),
    "no signature": Flaw(spoil=lambda proof: proof.rpartition(".")[0] + "."),
    "another signature": Flaw(spoil=lambda proof: proof.rpartition(".")[0] + "." + "A" * 86),
    "cut": Flaw(spoil=lambda proof: proof[:-1]),
    "padded": Flaw(spoil=lambda proof: f"{proof}="),
    "quoted": Flaw(spoil=lambda proof: f'"{proof}"'),
    "huge": Flaw(spoil=lambda proof: proof + "A" * 17_000),
    "huge header": Flaw(header={"kid": "A" * 13_000}),
}
CLAIMS: Final = {
    **_flaws("jti", [DROP, None, "", 1, ["x"], {}, "x" * 257, "line\nbreak"]),
    **_flaws("htm", [DROP, None, "", "post", "get", "PUT", ["POST", "GET"]]),
    **_flaws("htu", [DROP, None, "", 1, "/token", "token", "urn:x", "https://other.example/token", "x" * 5000]),
    **_flaws("iat", [DROP, None, "now", True, -1, 10**18, [1]]),
    **_flaws("nonce", [None, 1, "", ["x"]]),
}
FLAWS: Final[Mapping[str, Flaw]] = {**PRIVATE, **ALGORITHMS, **TYPES, **KEYS, **EXTENSIONS, **FORMS, **CLAIMS}
"""All that is wrong wherever the proof is sent."""


def addresses_beside(url: str) -> list[str]:
    """Return addresses that are near one, and another."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    other = {"http": "https", "https": "http"}[scheme]
    return [
        *(url + "/", url[:-1], url + "x", url + "%2F", url + ";x", url.upper(), f"{other}://{rest}", rest),
        *(f"{scheme}://{host}.evil.example/{path}", f"{scheme}://user@{rest}", f"{scheme}://evil.example/{path}"),
        *(f"{scheme}://{host}/x/{path}", f"{scheme}://{host}//{path}", f"{scheme}://{host.partition(':')[0]}:1/{path}"),
    ]


def spellings_of(url: str) -> list[str]:
    """Return other spellings of an address whose last letter is one."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    last = f"%{ord(url[-1]):02X}"
    return [
        *(f"{url}?query=1", f"{url}#fragment", f"{scheme.upper()}://{rest}", f"{scheme}://{host.upper()}/{path}"),
        *(f"{url[:-1]}{last}", f"{url[:-1]}{last.lower()}", f"{scheme}://{host}/./x/../{path}"),
    ]
