"""Deciding: which units of a batch win their claims and find their partitions as they left them."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from delegation.audit import Head
from delegation.store.errors import Stale, StoreError, Taken
from delegation.store.preparation import ClaimKey, Counter, Prepared
from delegation.store.spending import Spending, charge, take_back
from delegation.store.statements import RELEASE, Statements


@dataclass(slots=True)
class Decision:
    """Who won and who lost. A unit that lost has left nothing behind."""

    spending: Spending
    winners: list[Prepared] = field(default_factory=list)
    losers: dict[Prepared, StoreError] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    """Partitions that a winner changes."""
    taken: set[ClaimKey] = field(default_factory=set)
    """Claims that a winner holds, or someone did before."""

    def lost_by(self, unit: Prepared, heads: Mapping[str, Head]) -> StoreError | None:
        """Return why a unit cannot win any longer; None when it still may."""
        seen = [(change.partition, change.decided_at) for change in unit.partitions]
        for partition, revision in (*seen, *unit.decided_on.items()):
            head = heads.get(partition)
            if partition in self.moved or revision != (head.sequence if head else 0):
                return Stale(partition)
        for claim in unit.claims:
            if claim in self.taken:
                return Taken(*claim)
        return self.spending.lost_by(unit)


def decide(
    connection: Connection,
    statements: Statements,
    units: Sequence[Prepared],
    heads: Mapping[str, Head],
    now: int,
) -> Decision:
    """Return who wins among units that came in this order; the winners' claims are made and their budgets charged.

    Units that concern the same thing are decided one after the other: when the first loses, the second still may win.
    """
    decision = Decision(charge(connection, statements, units))
    waiting = list(units)
    while waiting:
        wave, waiting = _wave(decision, waiting, heads)
        won = _claim(connection, statements, wave, now)
        released: list[ClaimKey] = []
        for unit in wave:
            missing = unit.claims.keys() - won
            if missing:
                decision.losers[unit] = Taken(*min(missing))
                decision.taken |= missing
                released += unit.claims.keys() - missing
            else:
                decision.winners.append(unit)
                decision.taken |= unit.claims.keys()
                decision.moved |= {change.partition for change in unit.partitions}
                decision.spending.won.update(unit.spends.keys())
        _release(connection, released)
    take_back(connection, decision.spending)
    return decision


def _wave(
    decision: Decision, waiting: Iterable[Prepared], heads: Mapping[str, Head]
) -> tuple[list[Prepared], list[Prepared]]:
    wave: list[Prepared] = []
    later: list[Prepared] = []
    concerned: set[str | ClaimKey] = set()
    hoped: Tally[Counter] = Tally()
    for unit in waiting:
        error = decision.lost_by(unit, heads)
        if error is not None:
            decision.losers[unit] = error
        elif not decision.spending.is_left(unit, hoped):
            later.append(unit)  # Those before it may still lose, and leave it something.
        elif concerned.isdisjoint(unit.concerns) and concerned.isdisjoint(unit.decided_on):
            # Whoever only reads comes after those who change, and hinders nobody: many may read the same.
            concerned |= unit.concerns
            hoped.update(unit.spends.keys())
            wave.append(unit)
        else:
            later.append(unit)
    return wave, later


def _claim(connection: Connection, statements: Statements, wave: Iterable[Prepared], now: int) -> set[ClaimKey]:
    # In order, so that two processes that want the same claims never wait for each other in a circle.
    wanted = sorted((claim, until) for unit in wave for claim, until in unit.claims.items())
    if not wanted:
        return set()
    rows = [{"purpose": purpose, "key": key, "until": until, "now": now} for (purpose, key), until in wanted]
    return {(row.purpose, row.key) for row in connection.execute(statements.claim, rows)}


def _release(connection: Connection, claims: Iterable[ClaimKey]) -> None:
    rows = [{"purpose": purpose, "key": key} for purpose, key in claims]
    if rows:
        connection.execute(RELEASE, rows)
