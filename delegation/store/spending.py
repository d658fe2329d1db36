"""Spending: the counters of budgets, each charged once for a whole batch and exact for each unit in it.

Whoever has charged a counter holds its row until the transaction ends, so that no other process uses what is left.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from delegation.store.errors import Spent
from delegation.store.preparation import Counter, Prepared
from delegation.store.statements import TAKE_BACK, Statements


@dataclass(slots=True)
class Spending:
    """What was used of each counter that units of a batch want to use."""

    charged: Tally[Counter]
    """What was added in advance for the whole batch."""
    before: dict[Counter, int]
    won: Tally[Counter] = field(default_factory=Tally)
    """What the winners so far have used."""

    def is_left(self, unit: Prepared, besides: Tally[Counter]) -> bool:
        """Return whether a unit finds enough where `besides` is used too."""
        return all(
            self.before[counter] + self.won[counter] + besides[counter] < limit
            for counter, limit in unit.spends.items()
        )

    def lost_by(self, unit: Prepared) -> Spent | None:
        """Return which budget of a unit is used up; None when none is."""
        for counter, limit in unit.spends.items():
            if self.before[counter] + self.won[counter] >= limit:
                return Spent(*counter)
        return None


def charge(connection: Connection, statements: Statements, units: Iterable[Prepared]) -> Spending:
    """Add what a batch wants to use, as if all of it won, and return how much was used before."""
    wanted = Tally(counter for unit in units for counter in unit.spends)
    # In order, so that two processes that charge the same counters never wait for each other in a circle.
    rows = [{"delegation": of, "kind": kind, "used": count} for (of, kind), count in sorted(wanted.items())]
    if not rows:
        return Spending(wanted, {})
    charged = connection.execute(statements.charge, rows)
    return Spending(wanted, {(of, kind): used - wanted[of, kind] for of, kind, used in charged})


def take_back(connection: Connection, spending: Spending) -> None:
    """Take back what was added for units that have lost."""
    surplus = sorted((spending.charged - spending.won).items())
    if surplus:
        rows = [{"of": of, "what": kind, "surplus": count} for (of, kind), count in surplus]
        connection.execute(TAKE_BACK, rows)
