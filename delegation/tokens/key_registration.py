"""JWK Sets that somebody registers here: taken whole or refused, never in part."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from delegation.tokens.errors import InvalidKey
from delegation.tokens.strict_json import JSON
from delegation.tokens.verification_keys import (
    Algorithm,
    VerificationKey,
    keys_of,
    verification_key,
)

MAX_KEYS: Final = 20

_ALL: Final = frozenset(Algorithm)


def public_jwks(document: JSON, algorithms: Collection[Algorithm] = _ALL) -> dict[str, JSON]:
    """Return the set as it is to be stored: public members, `kid`, `alg` and `use`, and nothing else.

    Raises InvalidKey, saying what to change, if any key could not verify a signature by one of `algorithms`.
    """
    jwks = keys_of(document)
    if not 0 < len(jwks) <= MAX_KEYS:
        raise InvalidKey(f"a set of 1 to {MAX_KEYS} keys is needed")
    keys = [verification_key(jwk) for jwk in jwks]
    repeated = [kid for kid, times in Counter(key.kid for key in keys).items() if times > 1]
    if repeated:
        raise InvalidKey("two keys have the same `kid`")
    if any(key.algorithm not in algorithms for key in keys):
        raise InvalidKey(f"keys must be for {' or '.join(sorted(algorithms))}")
    return {"keys": [_stored(key) for key in keys]}


def _stored(key: VerificationKey) -> JSON:
    members = {name: str(value) for name, value in key.key.as_dict(private=False).items()}
    return {**members, "kid": key.kid}
