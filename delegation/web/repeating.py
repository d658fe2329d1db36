"""Requests that may be repeated: the `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request

from delegation.audit import canonical
from delegation.directory.command import Answer
from delegation.oauth.keys import Cabinet
from delegation.store import KeptAnswer
from delegation.tokens import InvalidKey
from delegation.web.desk import desk
from delegation.web.errors import Refused

KEPT_FOR: Final = timedelta(hours=24)
"""How long a request may be repeated after it was first carried out."""

_STRING: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')  # RFC 9651 §3.3.3
_BARE: Final = re.compile(r'[^"\\,;]*')  # Not in the draft, but what most programs send.
_KEY: Final = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One creation under one idempotency key."""

    key: str
    fingerprint: str
    until: int
    """Epoch seconds at which its answer is forgotten."""
    cabinet: Cabinet

    def keep(self, answer: Answer) -> KeptAnswer:
        """Return the answer sealed: it may hold a client secret or a receipt."""
        sealed = self.cabinet.seal_answer(json.dumps(answer), self.key)
        return KeptAnswer(self.key, self.fingerprint, sealed, self.until)

    def read(self, kept: KeptAnswer) -> Answer:
        """Return the answer that was kept. Raises Refused when it answers another request or cannot be opened."""
        if kept.fingerprint != self.fingerprint:
            detail = "this idempotency key was used for another request: make a new key for each new request"
            raise Refused(422, "idempotency_key_reused", detail)
        try:
            answer: Answer = json.loads(self.cabinet.unseal_answer(kept.answer, self.key))
        except InvalidKey:
            detail = (
                "this was done before, but the answer can no longer be opened: look at what was made, and use a new key"
            )
            raise Refused(409, "answer_lost", detail) from None
        return answer


def repeatable(request: Request, actor: str, asked: Mapping[str, Any]) -> Repeatable | None:
    """Return what makes a creation repeatable for whoever sends it; None without the header.

    `actor` is who asks, under the name that the audit log has; `asked` is the body. Raises Refused for a bad header.
    """
    key = _key(request)
    if key is None:
        return None
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    return Repeatable(
        key=_digest(actor, key),
        # With the key in it, which is stored nowhere, nobody can guess the body from its fingerprint.
        fingerprint=_digest(key, request.method, path, query, canonical(asked)),
        until=int((desk(request).clock() + KEPT_FOR).timestamp()),
        cabinet=desk(request).cabinet,
    )


def _key(request: Request) -> str | None:
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    if len(values) > 1:
        raise Refused(400, "malformed", "send one Idempotency-Key header, not several")
    text = values[0].strip(" \t")
    quoted = _STRING.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not (quoted or _BARE.fullmatch(text)) or not _KEY.fullmatch(key):
        form = "1 to 255 visible ASCII characters, in quotes unless they hold no quote, backslash, comma or semicolon"
        raise Refused(400, "malformed", f"an Idempotency-Key is {form}; a new UUID for each new request will do")
    return key


def _digest(*parts: str) -> str:
    """Return SHA-256 over the parts, each preceded by its length: no two different lists have one input."""
    digest = sha256()
    for part in parts:
        octets = part.encode()
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    return digest.hexdigest()
