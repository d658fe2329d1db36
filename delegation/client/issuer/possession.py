"""A key that an agent's tokens are bound to, and the proofs that it has it (RFC 9449 §4.2)."""

from typing import Final

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.addresses import origin_of
from delegation.client.issuer.credentials import PrivateKey, signing_key
from delegation.client.issuer.dpop import HEADER, NONCE_HEADER, NONCE_WANTED, SCHEME, TYPE, hash_of, is_nonce
from delegation.client.issuer.json_text import json_object
from delegation.client.settings import ClientSettings

_MOST_ORIGINS: Final = 256
"""Servers whose nonces are kept; the one not asked for longest is forgotten."""


class Possession:
    """One key, the proofs made with it, and the newest nonce of each server that gave one."""

    def __init__(self, key: PrivateKey | None, settings: ClientSettings) -> None:
        """Prove with a key that is given, or with a new one for P-256. Raises ValueError for another kind of key."""
        self._key, self._algorithm = signing_key(ECKey.generate_key("P-256") if key is None else key, "dpop")
        self._settings = settings
        self._nonces: dict[str, str] = {}

    def proof(self, method: str, url: httpx2.URL, token: str | None = None) -> dict[str, str]:
        """Return the header that proves the key for one request, and that the request's token is meant."""
        header = {"typ": TYPE, "alg": self._algorithm, "jwk": self._key.as_dict(private=False)}
        claims: dict[str, str | int] = {
            "jti": self._settings.identifiers(),
            "htm": method,
            "htu": str(url.copy_with(query=None, fragment=None)),
            "iat": int(self._settings.clock().timestamp()),
        }
        if token is not None:
            claims["ath"] = hash_of(token)
        nonce = self._nonces.get(origin_of(url))
        if nonce is not None:
            claims["nonce"] = nonce
        return {HEADER: jwt.encode(header, claims, self._key, algorithms=[self._algorithm])}

    def presented(self, request: httpx2.Request, token: str) -> dict[str, str]:
        """Return the headers that present a bound token with a request (RFC 9449 §7.1)."""
        return {"Authorization": f"{SCHEME} {token}", **self.proof(request.method, request.url, token)}

    def learn(self, response: httpx2.Response) -> bool:
        """Keep the nonce that an answer brings for its server; return whether the request is to be sent again with it.

        Only where the answer asks for a nonce (RFC 9449 §8, §9). That another request brought the same one meanwhile
        says nothing of this one, so whoever sends again does so once, and looks no further.
        """
        given, origin = response.headers.get(NONCE_HEADER, ""), origin_of(response.request.url)
        if not is_nonce(given):
            return False
        self._nonces.pop(origin, None)
        self._nonces[origin] = given
        # Each step is whole by itself: proofs are made in any thread.
        for oldest in list(self._nonces)[:-_MOST_ORIGINS]:
            self._nonces.pop(oldest, None)
        return wants_nonce(response)


def wants_nonce(response: httpx2.Response) -> bool:
    """Return whether an answer asks for a proof with a nonce: a server of tokens by 400, a service by 401."""
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        challenges = response.headers.get("WWW-Authenticate", "")
        return f'error="{NONCE_WANTED}"' in challenges
    if response.status_code != httpx2.codes.BAD_REQUEST or not response.is_stream_consumed:
        return False
    try:
        return json_object(response.content).get("error") == NONCE_WANTED
    except UnexpectedAnswer:
        return False
