"""Where an issuer's endpoints are (RFC 8414; AuthZEN 1.0 for the evaluation endpoint)."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from delegation.client.errors import UnexpectedAnswer, UntrustedIssuer
from delegation.client.issuer.addresses import is_protected, shown
from delegation.client.issuer.flights import Flights
from delegation.client.issuer.json_text import JSON, json_object, text_of
from delegation.client.issuer.wire import Outgoing, Wire


@dataclass(frozen=True, slots=True)
class Document:
    """A well-known document: its last path segments, and the member that must name the issuer."""

    name: str
    issuer_member: str


AUTHORIZATION_SERVER = Document("oauth-authorization-server", "issuer")
DECISION_POINT = Document("authzen-configuration", "policy_decision_point")


class Directory:
    """The endpoints of one issuer, looked up when first needed and kept; failures are not kept."""

    def __init__(self, issuer: str, wire: Wire) -> None:
        self.issuer = checked_issuer(issuer)
        self._wire = wire
        self._known: dict[Document, Mapping[str, JSON]] = {}
        self._flights: Flights[Document, Mapping[str, JSON]] = Flights()

    async def endpoint(self, document: Document, member: str) -> str:
        """Return the address the document gives for the member.

        Raises UntrustedIssuer when the document does not name exactly this issuer, Unavailable,
        and UnexpectedAnswer.
        """
        known = self._known.get(document)
        if known is None:
            known = await self._flights.join(document, lambda: self._look_up(document))
        address = text_of(known, member)
        if not is_protected(address):
            raise UnexpectedAnswer(f"`{member}` is neither https nor on this machine")
        return address

    async def close(self) -> None:
        """Stop looking up."""
        await self._flights.cancel()

    async def _look_up(self, document: Document) -> Mapping[str, JSON]:
        address = well_known(self.issuer, document.name)
        response = await self._wire.ask(lambda: Outgoing("GET", address, idempotent=True))
        if response.status_code != httpx2.codes.OK:
            raise UnexpectedAnswer(f"`{address}` answered {response.status_code}")
        members = json_object(response.content)
        if members.get(document.issuer_member) != self.issuer:  # RFC 8414 §3.3
            raise UntrustedIssuer(f"`{address}` does not speak for the issuer `{self.issuer}`")
        self._known[document] = members
        return members


def well_known(issuer: str, name: str) -> str:
    """Return where the issuer publishes the document: between host and path (RFC 8414 §3.1)."""
    url = httpx2.URL(issuer)
    return str(url.copy_with(raw_path=f"/.well-known/{name}".encode() + url.raw_path.rstrip(b"/")))


def checked_issuer(issuer: str) -> str:
    """Return the issuer; raises UntrustedIssuer unless RFC 8414 §2 allows it as one."""
    if not is_protected(issuer) or "?" in issuer or "#" in issuer:
        raise UntrustedIssuer(
            f"the issuer `{shown(issuer)}` is no https address without query and fragment "
            "(http serves for this machine alone)"
        )
    return issuer
