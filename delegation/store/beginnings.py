"""Where the log begins to be told: at its beginning, after what was purged, or after what an earlier telling told."""

from typing import Final

from sqlalchemy import Connection, Executable, bindparam, func, select

from delegation.audit import SEALS, Head
from delegation.store.errors import InvalidQuestion
from delegation.store.tables import ANCHORS, LOG, SEALED_HEADS

_PURGED: Final = select(ANCHORS.c.chain, ANCHORS.c.sequence, ANCHORS.c.hash).order_by(ANCHORS.c.chain)

_PURGED_OF: Final = select(ANCHORS.c.chain, ANCHORS.c.sequence, ANCHORS.c.hash).where(
    ANCHORS.c.chain == bindparam("of")
)

_SEAL: Final = select(LOG.c.chain, LOG.c.sequence, LOG.c.hash).where(
    LOG.c.chain == SEALS, LOG.c.sequence == bindparam("seal")
)

_LAST: Final = (
    select(SEALED_HEADS.c.chain, func.max(SEALED_HEADS.c.sequence).label("sequence"))
    .where(SEALED_HEADS.c.seal <= bindparam("seal"))
    .group_by(SEALED_HEADS.c.chain)
    .subquery()
)
_COVERED: Final = select(SEALED_HEADS.c.chain, SEALED_HEADS.c.sequence, SEALED_HEADS.c.hash).join(
    _LAST, (SEALED_HEADS.c.chain == _LAST.c.chain) & (SEALED_HEADS.c.sequence == _LAST.c.sequence)
)


def beginnings(connection: Connection, after: int | None) -> list[Head]:
    """Return the places after which the chains are told that are not told from their beginning.

    After the seal of a number, these are the places that it and the seals before it covered, and its own. Raises
    InvalidQuestion when there is no such seal, or none any longer.
    """
    purged = {head.chain: head for head in _heads(connection, _PURGED)}
    if after is None:
        return _ordered(purged)
    return _ordered(purged | places_at(connection, after, purged))


def places_at(connection: Connection, seal: int, purged: dict[str, Head]) -> dict[str, Head]:
    """Return where the seals up to a number last covered each chain, and that seal's own place. As `beginnings`."""
    own = _heads(connection, _SEAL, seal)
    if SEALS in purged and purged[SEALS].sequence == seal:
        own = [purged[SEALS]]
    if not own:
        raise InvalidQuestion(f"there is no seal number {seal}, or none any longer")
    covered = {head.chain: head for head in _heads(connection, _COVERED, seal)}
    # A chain that was quiet since it was purged is covered anew by a later seal.
    begun = {name: head.sequence for name, head in purged.items()}
    return {**{name: head for name, head in covered.items() if head.sequence > begun.get(name, 0)}, SEALS: own[0]}


def purged_to(connection: Connection, chain: str) -> Head | None:
    """Return up to which entry a chain was purged; None when it was not."""
    found = connection.execute(_PURGED_OF, {"of": chain}).one_or_none()
    return None if found is None else Head(*found)


def _heads(connection: Connection, statement: Executable, seal: int = 0) -> list[Head]:
    return [Head(*row) for row in connection.execute(statement, {"seal": seal} if statement is not _PURGED else {})]


def _ordered(found: dict[str, Head]) -> list[Head]:
    return [found[name] for name in sorted(found)]
