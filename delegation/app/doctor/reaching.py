"""The issuer: whether what stands at the public address is this service."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2

from delegation.app.doctor.findings import Finding, warning, well

_TIMEOUT = 3.0
_PLACE = "/.well-known/oauth-authorization-server"


async def reached(issuer: str) -> str | None:
    """Return who answers at the issuer's metadata, or None where nobody does in three seconds."""
    parts = urlsplit(issuer)
    url = f"{parts.scheme}://{parts.netloc}{_PLACE}{parts.path}"  # RFC 8414 §3.1
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http:
            answer = await http.get(url)
            document = answer.json() if answer.status_code == httpx2.codes.OK else {}
    except (httpx2.HTTPError, ValueError):
        return None
    return str(document.get("issuer", "")) if isinstance(document, dict) else ""


def reaching(issuer: str, found: str | None) -> Iterator[Finding]:
    """Yield what there is to say about who answers at the issuer's address."""
    if found is None:
        yield warning("issuer", f"nobody answers at `{issuer}`", "see that the service, its proxy and its name are up")
    elif found != issuer:
        yield warning("issuer", f"at `{issuer}` answers another: `{found}`", "see what the proxy leads to")
    else:
        yield well("issuer", "its metadata are reached at its address")
