"""An HTTP client that says no in the language of MCP."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final

import httpx2
from mcp.shared.exceptions import MCPError
from typing_extensions import override

from delegation.client.errors import ClientError, ConsentRequired, Unavailable
from delegation.client.issuer.json_text import JSON
from delegation.client.mcp.messages import id_in

REFUSED: Final = -32040
"""The code of a message that was not sent (JSON-RPC 2.0 §5.1 leaves -32099 to -32000 to implementations)."""
_PATIENT: Final = httpx2.Timeout(30, read=300)  # seconds
_SEALS: Final = secrets.token_bytes(32)
"""Of this process alone: a server may answer with the same code, and name an address of its own to go to."""


class AnsweringClient(httpx2.AsyncClient):
    """Answers a message that may not leave with a JSON-RPC error.

    An MCP connection ends when its HTTP client raises, and all calls under way with it. Here a refusal is the answer to
    the one message: the SDK raises `MCPError` from that call, with the reason. `consent_uri_in` tells where a person
    can grant what is missing. Hand it to the transport: `http_client=AnsweringClient(auth=calls)`.
    """

    def __init__(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
        **options: Any,
    ) -> None:
        """Take what `httpx2.AsyncClient` takes; without a `timeout`, calls may last five minutes.

        The class can be handed over wherever a factory of such clients is wanted, as FastMCP wants one.
        """
        super().__init__(headers=headers, timeout=_PATIENT if timeout is None else timeout, auth=auth, **options)

    @override
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except ClientError as no:
            return _answer(request, no)


def consent_uri_in(error: MCPError) -> str | None:
    """Return where a person can grant what a call lacked that was not sent; None for any other error.

    Servers write errors as they like, so that of an answer which came from one nothing is believed.
    """
    data = error.error.data
    told, seal = (data.get("consent_uri"), data.get("seal")) if isinstance(data, Mapping) else (None, None)
    if not isinstance(told, str) or not isinstance(seal, str):
        return None
    return told if hmac.compare_digest(_seal(told).encode(), seal.encode(errors="replace")) else None


def _answer(request: httpx2.Request, no: ClientError) -> httpx2.Response:
    status = httpx2.codes.SERVICE_UNAVAILABLE if isinstance(no, Unavailable) else httpx2.codes.FORBIDDEN
    error: dict[str, JSON] = {"code": REFUSED, "message": str(no)}
    if isinstance(no, ConsentRequired):
        error["data"] = {"consent_uri": no.consent_uri, "seal": _seal(no.consent_uri)}
    answer: Mapping[str, JSON] = {"jsonrpc": "2.0", "id": id_in(request.content), "error": error}
    return httpx2.Response(status, json=answer, request=request)


def _seal(told: str) -> str:
    return hmac.digest(_SEALS, told.encode(errors="replace"), "sha256").hex()
