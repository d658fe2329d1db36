"""Makes tokens no library would make, and lists every door at which a token is read."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from delegation.tokens import (
    Algorithm,
    InvalidToken,
    KeyRing,
    Memory,
    Provider,
    Purpose,
    Reason,
    SigningKey,
    claimed_assertion,
    generate,
    read_access_token,
    read_client_assertion,
    read_proof,
    read_receipt,
    read_user_token,
    usable_keys,
)
from delegation.tokens.jws import Kind
from tests.clock import NOON

ISSUER: Final = "https://as.example"
PROVIDER: Final = "https://login.example"
AUDIENCE: Final = "https://documents.example"
AGENT: Final = "planner"
NOW: Final = int(NOON.timestamp())


class Absent(Enum):
    """Stands for a member that is left out."""

    DROP = "drop"


DROP: Final = Absent.DROP
"""As the value of a member: leave the member out."""

Json = Any


def signing_key(purpose: Purpose, algorithm: Algorithm = Algorithm.ES256, *, since: datetime = NOON) -> SigningKey:
    """Make a key that may sign from noon on, or since another moment."""
    return generate(algorithm, purpose, not_before=since)


LONG_AGO: Final = datetime.fromtimestamp(0, UTC)
ACCESS_KEY: Final = signing_key(Purpose.ACCESS_TOKEN, since=LONG_AGO)
RECEIPT_KEY: Final = signing_key(Purpose.RECEIPT, since=LONG_AGO)
RING: Final = KeyRing([ACCESS_KEY, RECEIPT_KEY])
PROVIDER_KEY: Final = signing_key(Purpose.USER_TOKEN)
PROVIDER_KEYS: Final = usable_keys({"keys": [dict(PROVIDER_KEY.public)]})
LOGIN: Final = Provider(PROVIDER, ISSUER, PROVIDER_KEYS)
MEMORY: Final = Memory()
AGENT_KEY: Final = signing_key(Purpose.USER_TOKEN)
AGENT_KEYS: Final = usable_keys({"keys": [dict(AGENT_KEY.public)]})


def shown(value: object) -> str:
    """Name a value in the id of a test, cut to a readable length."""
    return repr(value)[:40]


def segment(value: Json) -> str:
    """Encode one segment; bytes are taken as they are, anything else is written as JSON first."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def sealed(header: Json, payload: Json, key: ECKey | OKPKey | RSAKey, algorithm: str = "ES256") -> str:
    """Sign exactly these two segments, whatever they hold."""
    signed = f"{segment(header)}.{segment(payload)}"
    signature = JWSRegistry.algorithms[algorithm].sign(signed.encode(), key)
    return f"{signed}.{segment(signature)}"


def changed(members: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the members with some of them replaced, added or left out."""
    return {name: value for name, value in {**members, **changes}.items() if value is not DROP}


@dataclass(frozen=True, slots=True)
class Entrance:
    """One place where a token is read, and a token that it lets in at noon."""

    kind: Kind
    claims: Mapping[str, Json]
    key: SigningKey
    read: Callable[[str, datetime], object]

    brings_key: bool = False
    """Whether it is read with the key in its own header."""

    @property
    def header(self) -> dict[str, Json]:
        """The header of a token that is let in."""
        key = {"jwk": self.key.private.as_dict(private=False)} if self.brings_key else {"kid": self.key.kid}
        return {"typ": self.kind.value.types[0], "alg": "ES256", **key}

    def token(self, header: Mapping[str, Json] | None = None, claims: Mapping[str, Json] | None = None) -> str:
        """Return a token that is signed rightly, with some members of header or claims changed."""
        own = changed(self.header, header or {})
        return sealed(own, changed(self.claims, claims or {}), self.key.private)

    def enter(self, token: str, now: datetime = NOON) -> object:
        """Read the token at `now`."""
        return self.read(token, now)


_TIMES: Final = {"iat": NOW, "exp": NOW + 300}

ACCESS_TOKEN: Final = Entrance(
    Kind.ACCESS_TOKEN,
    {
        **_TIMES,
        "nbf": NOW,
        "iss": ISSUER,
        "sub": "anne",
        "aud": AUDIENCE,
        "client_id": AGENT,
        "jti": "at_1",
        "org_id": "acme",
        "act": {"iss": ISSUER, "sub": AGENT, "sub_profile": "ai_agent"},
        "authorization_details": [
            {
                "type": "resource_role",
                "identifier": "project:apollo",
                "privileges": ["project-editor"],
                "actions": ["document:edit"],
                "locations": [AUDIENCE],
                "delegation_id": "dlg_1",
            }
        ],
    },
    ACCESS_KEY,
    lambda token, now: read_access_token(token, ring=RING, issuer=ISSUER, now=now),
)
RECEIPT: Final = Entrance(
    Kind.RECEIPT,
    {
        **_TIMES,
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "anne",
        "client_id": AGENT,
        "delegation_id": "dlg_1",
        "org_id": "acme",
        "jti": "rcp_1",
    },
    RECEIPT_KEY,
    lambda token, now: read_receipt(token, ring=RING, issuer=ISSUER, now=now),
)
USER_TOKEN: Final = Entrance(
    Kind.USER_TOKEN,
    {**_TIMES, "nbf": NOW, "iss": PROVIDER, "sub": "anne", "aud": ISSUER},
    PROVIDER_KEY,
    lambda token, now: read_user_token(token, provider=LOGIN, keys=PROVIDER_KEYS, memory=MEMORY, now=now),
)
CLIENT_ASSERTION: Final = Entrance(
    Kind.CLIENT_ASSERTION,
    {**_TIMES, "nbf": NOW, "iss": AGENT, "sub": AGENT, "aud": ISSUER, "jti": "ca_1"},
    AGENT_KEY,
    lambda token, now: read_client_assertion(
        claimed_assertion(token), keys=AGENT_KEYS, client_id=AGENT, issuer=ISSUER, now=now
    ),
)
TOKEN_ENDPOINT: Final = f"{ISSUER}/token"
POSSESSION_PROOF: Final = Entrance(
    Kind.POSSESSION_PROOF,
    {"jti": "proof-1", "htm": "POST", "htu": TOKEN_ENDPOINT, "iat": NOW},
    AGENT_KEY,
    lambda token, now: read_proof(token, method="POST", url=TOKEN_ENDPOINT, now=now),
    brings_key=True,
)
NAMING: Final = (ACCESS_TOKEN, RECEIPT, USER_TOKEN, CLIENT_ASSERTION)
"""What is of a known issuer until it expires, and names the key it is to be read with."""
ENTRANCES: Final = (*NAMING, POSSESSION_PROOF)


def refused(entrance: Entrance, token: str, now: datetime = NOON) -> Reason:
    """Return why the entrance refuses the token; fails when it is let in or something else is raised."""
    with pytest.raises(InvalidToken) as caught:
        entrance.enter(token, now)
    return caught.value.reason
