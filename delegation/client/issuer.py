"""One issuer, asked by one client which proves itself anew with every request."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import httpx2

from delegation.client.credentials import Credential, Occasion
from delegation.client.discovery import AUTHORIZATION_SERVER, Directory, Document
from delegation.client.errors import UnexpectedAnswer
from delegation.client.json_text import json_object
from delegation.client.possession import Possession
from delegation.client.settings import ClientSettings
from delegation.client.signed_answers import PublishedKeys, keys_in
from delegation.client.wire import Outgoing, Wire


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
        self._wire = Wire(http, settings)
        self._directory = Directory(issuer, self._wire)
        self._keys: PublishedKeys | None = None

    async def post_form(
        self, member: str, form: Mapping[str, str], *, accept: str = "application/json"
    ) -> httpx2.Response:
        """Return the answer of the OAuth endpoint that the metadata lists under `member`."""
        address = await self._directory.endpoint(AUTHORIZATION_SERVER, member)
        return await self._wire.ask(lambda: self._form_to(address, form, accept))

    async def post_for_token(self, form: Mapping[str, str], possession: Possession | None) -> httpx2.Response:
        """Return the answer of the token endpoint, asked with a proof of the key that the token is to be bound to.

        Where the proof lacked a nonce, it is asked once more with the one it gave (RFC 9449 §8).
        """
        if possession is None:
            return await self.post_form("token_endpoint", form)
        address = await self._directory.endpoint(AUTHORIZATION_SERVER, "token_endpoint")

        def compose() -> Outgoing:
            outgoing = self._form_to(address, form, "application/json")
            return replace(outgoing, headers={**outgoing.headers, **possession.proof("POST", httpx2.URL(address))})

        response = await self._wire.ask(compose)
        if not possession.learn(response):
            return response
        response = await self._wire.ask(compose)
        possession.learn(response)
        return response

    async def keys_for(self, kid: str) -> PublishedKeys:
        """Return the published keys, looked up again where one is not among those known (RFC 7517 §5).

        Raises Unavailable, UntrustedIssuer and UnexpectedAnswer.
        """
        if self._keys is None or kid not in self._keys.by_kid:
            address = await self._directory.endpoint(AUTHORIZATION_SERVER, "jwks_uri")
            response = await self._wire.ask(lambda: Outgoing("GET", address))
            if response.status_code != httpx2.codes.OK:
                raise UnexpectedAnswer(f"`{address}` answered {response.status_code}")
            self._keys = keys_in(json_object(response.content))
        return self._keys

    async def post_json(self, document: Document, member: str, body: Mapping[str, object]) -> httpx2.Response:
        """Return the answer to a JSON body; the client must prove itself without a form."""
        address = await self._directory.endpoint(document, member)
        return await self._wire.ask(lambda: self._json_to(address, body))

    async def post_at(self, path: str, body: Mapping[str, object]) -> httpx2.Response:
        """Return the answer to a JSON body at a path of the issuer itself, in which the client proves itself."""
        address = f"{self._directory.issuer}{path}"
        return await self._wire.ask(lambda: self._json_to(address, body))

    async def close(self) -> None:
        """Stop asking and close the connections, unless they were lent."""
        await self._directory.close()
        await self._wire.close()

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
