"""Single parts by themselves, without a server: `python -m benchmarks.parts`.

Processor time, the best of some rounds.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from authz_core import parse_object
from benchmarks.report import aligned
from delegation.audit import Record
from delegation.store import Unit, migrate
from delegation.store.connections import engine_of, parsed
from delegation.store.writer import Writer
from delegation.tokens import (
    AccessToken,
    Algorithm,
    Grant,
    KeyRing,
    Memory,
    Purpose,
    claimed_world,
    generate,
    read_access_token,
    sign_access_token,
)

_ROUNDS: Final = 5
_NOW: Final = datetime.now(UTC).replace(microsecond=0)
_ACTIONS: Final = frozenset({"project:view", "app:view", "app:edit", "document:view", "document:edit"})


def microseconds(part: Callable[[], object], times: int) -> float:
    """Return the processor time that a part takes in this thread."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.thread_time()
        for _ in range(times):
            part()
        best = min(best, time.thread_time() - began)
    return best / times * 1_000_000


def _token() -> AccessToken:
    return AccessToken(
        issuer="http://127.0.0.1:8400",
        subject="anne",
        audience="https://documents.example",
        issued_at=_NOW,
        not_before=_NOW,
        expires_at=_NOW + timedelta(hours=1),
        jti="at_0123456789abcdefghijkl",
        organization="acme",
        actors=("planner",),
        details=Grant(parse_object("project:apollo"), ("project-editor",), _ACTIONS, "dlg_0123456789abcdefghijkl"),
        asked=_ACTIONS,
    )


def token_parts() -> Iterator[tuple[str, float]]:
    """Yield what is done with a token."""
    key = generate(Algorithm.ES256, Purpose.ACCESS_TOKEN, not_before=_NOW)
    forgetful, ring, token = KeyRing([key], Memory(most=0)), KeyRing([key]), _token()
    text = sign_access_token(token, key)
    curve, signed = generate_private_key(SECP256R1()), text.rpartition(".")[0].encode()
    signature, public = curve.sign(signed, ECDSA(SHA256())), curve.public_key()
    for how, keys in (("for the first time", forgetful), ("once more", ring)):
        read = partial(read_access_token, text, ring=keys, issuer=token.issuer, now=_NOW)
        yield f"read and verify a token, {how}", microseconds(read, 2_000)
        look = partial(claimed_world, text, keys.memory)
        yield f"find out which organization a token speaks of, {how}", microseconds(look, 2_000)
    yield (
        "    of that, its ES256 signature",
        microseconds(lambda: public.verify(signature, signed, ECDSA(SHA256())), 2_000),
    )
    yield "sign a token", microseconds(lambda: sign_access_token(token, key), 2_000)


def commit_parts() -> Iterator[tuple[str, float]]:
    """Yield what a durable transaction costs the writer, by how many issued tokens it records."""
    record = Record(
        at=_NOW,
        action="token.issued",
        outcome="issued",
        actor="agent:planner",
        organization="acme",
        detail={"jti": "at_0123456789abcdefghijkl", "user": "anne", "actions": sorted(_ACTIONS)},
    )
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        url = f"sqlite:///{Path(directory) / 'parts.db'}"
        migrate(url)
        writer = Writer(engine_of(parsed(url)), chain="process:parts", clock=lambda: _NOW)
        for count in (1, 4, 32):
            units = [Unit(events=(record,)) for _ in range(count)]
            yield f"commit {count} issued together", microseconds(partial(writer.work, units), 100)
        writer.close()


def main() -> None:
    """Print what each part takes."""
    rows = [(name, f"{took:,.0f}", "") for name, took in (*token_parts(), *commit_parts())]
    print(aligned([("part", "microseconds", ""), *rows]))


if __name__ == "__main__":
    main()
