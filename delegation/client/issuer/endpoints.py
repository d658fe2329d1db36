"""One issuer, asked by one client which proves itself anew with every request."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import httpx2

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.credentials import Credential, Occasion
from delegation.client.issuer.discovery import AUTHORIZATION_SERVER, Directory, Document
from delegation.client.issuer.json_text import json_object
from delegation.client.issuer.possession import Possession
from delegation.client.issuer.published_keys import PublishedKeys, keys_in
from delegation.client.issuer.wire import Outgoing, Wire
from delegation.client.settings import ClientSettings


class Issuer:
    """The endpoints of an issuer as one client may use them."""

    def __init__(
        self,
        issuer: str,
        credential: Credential,
        http: httpx2.AsyncClient | None,
        settings: ClientSettings,
    ) -> None:
        self._credential = credential
        self._settings = settings
        self.wire = Wire(http, settings)
        self._directory = Directory(issuer, self.wire)
        self._keys: PublishedKeys | None = None

    def check_loop(self) -> None:
        """Raise RuntimeError in another event loop than the one in which this issuer was first asked."""
        self.wire.check_loop()

    async def post_form(
        self, member: str, form: Mapping[str, str], *, accept: str = "application/json", idempotent: bool = False
    ) -> httpx2.Response:
        """Return the answer of the OAuth endpoint that the metadata lists under `member`."""

        async def post() -> httpx2.Response:
            address = await self._directory.endpoint(AUTHORIZATION_SERVER, member)
            return await self.wire.ask(lambda: replace(self._form_to(address, form, accept), idempotent=idempotent))

        return await self.wire.in_time(post)

    async def post_for_token(self, form: Mapping[str, str], possession: Possession | None) -> httpx2.Response:
        """Return the answer of the token endpoint, asked with a proof of the key that the token is to be bound to.

        Where the proof lacked a nonce, it is asked once more with the one it gave (RFC 9449 §8).
        """
        if possession is None:
            return await self.post_form("token_endpoint", form)
        return await self.wire.in_time(lambda: self._post_proved(form, possession))

    async def _post_proved(self, form: Mapping[str, str], possession: Possession) -> httpx2.Response:
        address = await self._directory.endpoint(AUTHORIZATION_SERVER, "token_endpoint")

        def compose() -> Outgoing:
            outgoing = self._form_to(address, form, "application/json")
            return replace(outgoing, headers={**outgoing.headers, **possession.proof("POST", httpx2.URL(address))})

        response = await self.wire.ask(compose)
        if not possession.learn(response):
            return response
        response = await self.wire.ask(compose)
        possession.learn(response)
        return response

    async def keys_for(self, kid: str) -> PublishedKeys:
        """Return the published keys, looked up again where one is not among those known (RFC 7517 §5).

        Raises Unavailable, UntrustedIssuer and UnexpectedAnswer.
        """
        if self._keys is None or kid not in self._keys.by_kid:
            address = await self._directory.endpoint(AUTHORIZATION_SERVER, "jwks_uri")
            response = await self.wire.ask(lambda: Outgoing("GET", address, idempotent=True))
            if response.status_code != httpx2.codes.OK:
                raise UnexpectedAnswer(f"`{address}` answered {response.status_code}")
            self._keys = keys_in(json_object(response.content))
        return self._keys

    async def post_json(self, document: Document, member: str, body: Mapping[str, object]) -> httpx2.Response:
        """Return the answer to a JSON body; the client must prove itself without a form."""

        async def post() -> httpx2.Response:
            address = await self._directory.endpoint(document, member)
            return await self.wire.ask(lambda: self._json_to(address, body))

        return await self.wire.in_time(post)

    async def post_at(
        self, path: str, body: Mapping[str, object], *, idempotent: bool = False, idempotency_key: str | None = None
    ) -> httpx2.Response:
        """Return the answer to a JSON body at a path of the issuer itself, in which the client proves itself.

        What is idempotent, by itself or by a key, is asked again where an answer was lost.
        """
        address, once = f"{self._directory.issuer}{path}", idempotency_key is not None
        named = {"Idempotency-Key": f'"{idempotency_key}"'} if once else {}

        def compose() -> Outgoing:
            outgoing = self._json_to(address, body)
            return replace(outgoing, headers={**outgoing.headers, **named}, idempotent=idempotent or once)

        return await self.wire.ask(compose)

    async def close(self) -> None:
        """Stop asking and close the connections, unless they were lent."""
        await self._directory.close()
        await self.wire.close()

    def _form_to(self, address: str, form: Mapping[str, str], accept: str) -> Outgoing:
        proof = self._credential.prove(self._occasion())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept, **proof.headers}
        return Outgoing("POST", address, headers, urlencode({**form, **proof.form}).encode())

    def _json_to(self, address: str, body: Mapping[str, object]) -> Outgoing:
        proof = self._credential.prove(self._occasion())
        headers = {"Content-Type": "application/json", **proof.headers}
        return Outgoing("POST", address, headers, json.dumps({**body, **proof.form}).encode())

    def _occasion(self) -> Occasion:
        # Only what each attempt is made for is fresh; everything else may be repeated.
        return Occasion(self._directory.issuer, self._settings.clock(), self._settings.identifiers())
