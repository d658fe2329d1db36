"""What a protected resource publishes of itself, so that clients find who issues tokens for it (RFC 9728)."""

import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urlsplit

from delegation.client.issuer.addresses import is_protected
from delegation.client.issuer.discovery import checked_issuer, well_known
from delegation.client.issuer.json_text import JSON
from delegation.client.service.asgi import Receive, Scope, Send
from delegation.client.service.challenge import Headers
from delegation.client.service.proof_reading import ALGORITHMS

_NAME: Final = "oauth-protected-resource"


class ResourceMetadata:
    """The metadata of one resource, an ASGI application that answers with them to everybody.

    `DelegatedAccess(metadata=...)` answers with them where it sees all requests; else route `path` to this object.
    """

    def __init__(
        self, resource: str, issuer: str, *, permissions: Collection[str] = (), name: str = "", dpop: bool = False
    ) -> None:
        """Describe the `resource`, which is the audience of its tokens; `permissions` are those that it asks for.

        With `dpop` it says that tokens may be bound to keys. Raises ValueError for a resource without an address, and
        UntrustedIssuer.
        """
        if not is_protected(resource) or "?" in resource or "#" in resource:
            raise ValueError(
                f"`{resource}` is no https address without query and fragment, so nothing can be found there"
            )
        if isinstance(permissions, str) or not all(permissions):
            raise ValueError("`permissions` is a list of names")
        self.resource = resource
        self.address = well_known(resource, _NAME)
        """Where they are published (RFC 9728 §3.1)."""
        self.path = unquote(urlsplit(self.address).path)
        """The same as applications see it, which see no escapes."""
        self._document: dict[str, JSON] = {
            "resource": resource,
            "authorization_servers": [checked_issuer(issuer)],
            "bearer_methods_supported": ["header"],
            "authorization_details_types_supported": ["resource_role"],
            **({"scopes_supported": sorted(permissions)} if permissions else {}),
            **({"resource_name": name} if name else {}),
            **({"dpop_signing_alg_values_supported": list(ALGORITHMS)} if dpop else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Answer a GET or HEAD with the metadata, anything else with 405."""
        body = json.dumps(self._document).encode()
        if scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")])
            return
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"access-control-allow-origin", b"*"),  # Clients in browsers read them, and nothing in them is secret.
        ]
        await _answer(send, HTTPStatus.OK, headers, body if scope["method"] == "GET" else b"")


async def _answer(send: Send, status: HTTPStatus, headers: Headers, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
