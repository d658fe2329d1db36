"""Preparation: a unit checked and encoded before the database hears of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from delegation.audit import SEALS, InvalidRecord, canonical
from delegation.store.changes import Claim, KeptAnswer, PartitionChange, Seen, Spend, Unit, document_of
from delegation.store.errors import InvalidUnit
from delegation.store.rows import Bound, number_value, text_value
from delegation.store.sealing import rows_of
from delegation.store.tables import tables_of
from delegation.store.work import TableWork, Work, add, work_of

ClaimKey: TypeAlias = tuple[str, str]
"""Purpose and key."""

Counter: TypeAlias = tuple[str, str]
"""A delegation and what is counted of its uses."""

IDEMPOTENCY: Final = "idempotency"
"""The purpose under which the key of an answer that is kept is claimed."""


@dataclass(frozen=True, slots=True)
class PreparedChange:
    """What happens in one partition, as text for its log."""

    partition: str
    decided_at: int
    body: str


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A unit that means something; whether it wins is up to the database."""

    claims: Mapping[ClaimKey, int | None]
    partitions: tuple[PreparedChange, ...]
    events: tuple[str, ...]
    work: Mapping[str, TableWork]
    concerns: frozenset[str | ClaimKey]
    """The partitions and claims that only one unit can win at a time."""
    answer: Bound | None
    """The row of the answer to be kept."""
    sealed: Sequence[Bound]
    """The rows of the heads that are sealed."""
    decided_on: Mapping[str, int]
    """The revisions of the partitions that were read and are not changed."""
    spends: Mapping[Counter, int]
    """What is used once more, and how often it may be used in all."""
    uses: Mapping[str, int]
    """When delegations were used."""


def prepare(unit: Unit) -> Prepared:
    """Return a unit ready to be carried out. Raises InvalidUnit."""
    answer = None if unit.answer is None else _answer(unit.answer)
    claims = _claims((*_claim_of(unit.answer), *unit.claims))
    names = frozenset(change.partition for change in unit.partitions)
    if len(names) != len(unit.partitions):
        raise InvalidUnit("a partition is changed twice by one unit")
    work: Work = {}
    for change in unit.partitions:
        _check_seen(change.partition, change.decided_at)
        add(work, work_of(change.partition, change.changes))
    try:
        partitions = [_encoded(change) for change in unit.partitions]
        events = tuple(canonical(event.document()) for event in unit.events)
    except InvalidRecord as error:
        raise InvalidUnit(str(error)) from None
    sealed: Sequence[Bound] = ()
    if unit.seal is not None:
        # The chain of seals has its revisions and its one winner, as a partition has.
        sealed = rows_of(unit.seal)
        partitions.append(PreparedChange(SEALS, unit.seal.after, unit.seal.body))
        names |= {SEALS}
    return Prepared(
        claims=claims,
        partitions=tuple(partitions),
        events=events,
        work=work,
        concerns=names | claims.keys(),
        answer=answer,
        sealed=sealed,
        decided_on=_decided_on(unit.decided_on, names),
        spends=_spends(unit.spends),
        uses=_uses(unit.uses),
    )


def _claim_of(answer: KeptAnswer | None) -> tuple[Claim, ...]:
    return () if answer is None else (Claim(IDEMPOTENCY, answer.key, answer.until),)


def _answer(answer: KeptAnswer) -> Bound:
    try:
        return {
            "key": text_value(answer.key),
            "fingerprint": text_value(answer.fingerprint),
            "answer": text_value(answer.answer),
            "until": number_value(answer.until),
        }
    except InvalidUnit as error:
        raise InvalidUnit(f"an answer {error}") from None


def _claims(claims: Iterable[Claim]) -> dict[ClaimKey, int | None]:
    prepared: dict[ClaimKey, int | None] = {}
    for claim in claims:
        try:
            name = text_value(claim.purpose), text_value(claim.key)
            until = None if claim.until is None else number_value(claim.until)
        except InvalidUnit as error:
            raise InvalidUnit(f"a claim {error}") from None
        if name in prepared:
            raise InvalidUnit(f"a `{claim.purpose}` is claimed twice by one unit")
        prepared[name] = until
    return prepared


def _spends(spends: Iterable[Spend]) -> dict[Counter, int]:
    prepared: dict[Counter, int] = {}
    for spend in spends:
        try:
            counter = text_value(spend.delegation), text_value(spend.kind)
            limit = number_value(spend.limit)
        except InvalidUnit as error:
            raise InvalidUnit(f"a budget {error}") from None
        if counter in prepared:
            raise InvalidUnit("a budget is used twice by one unit")
        prepared[counter] = limit
    return prepared


def _uses(uses: Iterable[tuple[str, int]]) -> dict[str, int]:
    try:
        return {text_value(delegation): number_value(at) for delegation, at in uses}
    except InvalidUnit as error:
        raise InvalidUnit(f"a use {error}") from None


def _decided_on(seen: Iterable[Seen], changed: frozenset[str]) -> dict[str, int]:
    decided_on: dict[str, int] = {}
    for partition, revision in seen:
        _check_seen(partition, revision)
        if partition in changed or partition in decided_on:
            raise InvalidUnit("a partition is named twice by one unit")
        decided_on[partition] = revision
    return decided_on


def _check_seen(partition: str, revision: int) -> None:
    try:
        text_value(partition)
    except InvalidUnit as error:
        raise InvalidUnit(f"the name of a partition {error}") from None
    if not tables_of(partition):
        raise InvalidUnit(f"`{partition}` is the name of no partition")
    if revision < 0:
        raise InvalidUnit("no revision is below 0")


def _encoded(change: PartitionChange) -> PreparedChange:
    changes = [document_of(item) for item in change.changes]
    body = canonical({**change.record.document(), "changes": changes})
    return PreparedChange(change.partition, change.decided_at, body)
