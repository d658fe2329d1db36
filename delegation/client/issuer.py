"""One issuer, asked by one client which proves itself anew with every request."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx2

from delegation.client.credentials import Credential, Occasion
from delegation.client.discovery import AUTHORIZATION_SERVER, Directory, Document
from delegation.client.settings import ClientSettings
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

    async def post_form(self, member: str, form: Mapping[str, str]) -> httpx2.Response:
        """Return the answer of the OAuth endpoint that the metadata lists under `member`."""
        address = await self._directory.endpoint(AUTHORIZATION_SERVER, member)
        return await self._wire.ask(lambda: self._form_to(address, form))

    async def post_json(self, document: Document, member: str, body: Mapping[str, object]) -> httpx2.Response:
        """Return the answer to a JSON body; the client must prove itself without a form."""
        address = await self._directory.endpoint(document, member)
        return await self._wire.ask(lambda: self._json_to(address, body))

    async def close(self) -> None:
        """Stop asking and close the connections, unless they were lent."""
        await self._directory.close()
        await self._wire.close()

    def _form_to(self, address: str, form: Mapping[str, str]) -> Outgoing:
        proof = self._credential.prove(self._occasion())
        headers = {"Content-Type": "application/x-www-form-urlencoded", **proof.headers}
        return Outgoing("POST", address, headers, urlencode({**form, **proof.form}).encode())

    def _json_to(self, address: str, body: Mapping[str, object]) -> Outgoing:
        proof = self._credential.prove(self._occasion())
        headers = {"Content-Type": "application/json", **proof.headers}
        return Outgoing("POST", address, headers, json.dumps(body).encode())

    def _occasion(self) -> Occasion:
        # Only what each attempt is made for is fresh; everything else may be repeated.
        return Occasion(self._directory.issuer, self._settings.clock(), self._settings.identifiers())
