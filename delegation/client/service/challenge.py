"""What a service answers to a call that it does not let through (RFC 6750 §3, RFC 9449 §7.1, RFC 9457)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias

from delegation.client.errors import printable
from delegation.client.issuer.dpop import NONCE_HEADER, NONCE_WANTED, SCHEME
from delegation.client.issuer.json_text import JSON
from delegation.client.service.answers import Denied
from delegation.client.service.proof_reading import ALGORITHMS

Headers: TypeAlias = list[tuple[bytes, bytes]]
BEARER: Final = "Bearer"
_COME_BACK: Final = b"1"  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A finished refusal: status, the challenge's parameters, and what the body explains."""

    status: HTTPStatus
    detail: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, JSON] = field(default_factory=dict)
    scheme: str = BEARER
    """In which the token was presented; the error is told in it."""
    offered: tuple[str, ...] = (BEARER,)
    """All schemes in which one may present a token."""
    nonce: str | None = None
    """A nonce for the next proof (RFC 9449 §9)."""
    metadata: str | None = None
    """Where it is said who issues tokens for this resource (RFC 9728 §5.1)."""

    def headers(self, length: int) -> Headers:
        """Return the header fields that go with a body of so many bytes."""
        fields: Headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(length).encode()),
            (b"cache-control", b"no-store"),
        ]
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return [*fields, (b"retry-after", _COME_BACK)]
        if self.nonce is not None:
            fields.append((NONCE_HEADER.lower().encode(), self.nonce.encode("ascii")))
        return [*fields, *((b"www-authenticate", self._in(scheme).encode("ascii")) for scheme in self.offered)]

    def body(self) -> bytes:
        """Return the problem document."""
        document = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.members,
        }
        return json.dumps(document).encode()

    def _in(self, scheme: str) -> str:
        """Return the challenge of one scheme; that of another than the request's tells no error (RFC 9449 §7.2)."""
        said = self.parameters if scheme == self.scheme else {"realm": self.parameters.get("realm", "")}
        algorithms = {"algs": " ".join(ALGORITHMS)} if scheme == SCHEME else {}
        metadata = {} if self.metadata is None else {"resource_metadata": self.metadata}
        quoted = (f'{name}="{_quotable(value)}"' for name, value in {**said, **algorithms, **metadata}.items())
        return f"{scheme} {', '.join(quoted)}"


class AccessRefused(Exception):
    """Raised within a protected application; `DelegatedAccess` turns it into the answer."""

    def __init__(self, challenge: Challenge) -> None:
        super().__init__(challenge.detail)
        self.challenge = challenge


def no_token(realm: str) -> Challenge:
    """Return the answer to a call without a token: no error code, since none was tried."""
    return Challenge(
        status=HTTPStatus.UNAUTHORIZED,
        detail="this call needs a token: send it as `Authorization: Bearer ...`",
        parameters={"realm": realm},
    )


def malformed(realm: str, detail: str) -> Challenge:
    """Return the answer to a call whose way of presenting a token is not one."""
    return Challenge(
        status=HTTPStatus.BAD_REQUEST,
        detail=detail,
        parameters={"realm": realm, "error": "invalid_request", "error_description": detail},
    )


def bad_token(realm: str) -> Challenge:
    """Return the answer to a token that is not good here, which never says why."""
    detail = "the token is expired, revoked, without effect now, or not meant for this service"
    return Challenge(
        status=HTTPStatus.UNAUTHORIZED,
        detail=detail,
        parameters={"realm": realm, "error": "invalid_token", "error_description": detail},
    )


def bad_proof(realm: str, why: str) -> Challenge:
    """Return the answer to a proof of possession that is missing, or does not show what it should."""
    return Challenge(
        status=HTTPStatus.UNAUTHORIZED,
        detail=why,
        parameters={"realm": realm, "error": "invalid_dpop_proof", "error_description": why},
    )


def nonce_wanted(realm: str, nonce: str) -> Challenge:
    """Return the answer to a proof that lacks a nonce, with one for the next (RFC 9449 §9)."""
    detail = "send a new proof with the nonce of this answer"
    return Challenge(
        status=HTTPStatus.UNAUTHORIZED,
        detail=detail,
        parameters={"realm": realm, "error": NONCE_WANTED, "error_description": detail},
        nonce=nonce,
    )


def beyond_rights(realm: str, asked: tuple[str, str], denied: Denied) -> Challenge:
    """Return the answer to a call that the token does not reach, with the term that said no.

    A `scope` is named only where the token itself is the limit: there the agent can ask for more.
    """
    permission, resource = asked
    # Whoever calls chooses what it is called, and proxies pass on no header of any length.
    place = printable(resource)
    detail = f"the token does not allow `{permission}` on `{place}`: {denied.detail or denied.reason}"
    parameters = {"realm": realm, "error": "insufficient_scope", "error_description": detail}
    if denied.failing.get("term") == "token":
        parameters["scope"] = permission
    return Challenge(
        status=HTTPStatus.FORBIDDEN,
        detail=detail,
        parameters=parameters,
        members={
            "permission": permission,
            "resource": resource,
            "reason": denied.reason,
            "failing": denied.failing,
            "revision": denied.revision,
        },
    )


def cannot_tell() -> Challenge:
    """Return the answer while the authorization service cannot be asked: nobody gets in."""
    return Challenge(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        detail="the authorization service cannot be asked; try again shortly",
    )


def _quotable(text: str) -> str:
    # RFC 6750 §3: printable ASCII without quotation mark and backslash.
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)
