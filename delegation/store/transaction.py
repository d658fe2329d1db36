"""Transactions: a batch of units decided, written and committed once."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.connections import Access
from delegation.store.deciding import Decision, decide
from delegation.store.doubt import was_committed
from delegation.store.errors import Reason, StoreUnavailable
from delegation.store.failures import code_of, may_come_back
from delegation.store.lane import Outcome
from delegation.store.link import Link
from delegation.store.preparation import Prepared
from delegation.store.statements import Statements
from delegation.store.writing import Written, lock_heads, write

_LOG: Final = logging.getLogger(__name__)
_HURRIED: Final = "SET LOCAL lock_timeout = '50ms'"

Revisions: TypeAlias = Mapping[str, int]
"""The new revision of every partition that a unit changed."""

Outcomes: TypeAlias = dict[Prepared, Outcome[Revisions]]
"""What became of each unit."""


class Transactions:
    """One thread's write transactions."""

    def __init__(self, engine: Engine, *, chain: str) -> None:
        """Write to `engine`; events go to `chain`."""
        self._chain = chain
        self._statements = Statements.of(engine.dialect.name)
        self.link = Link(engine, Access.WRITE)

    def carry_out(self, units: Sequence[Prepared], now: int, *, hurried: bool) -> Outcomes:
        """Return what became of each unit; whatever succeeded is durable. `now` in epoch seconds.

        With `hurried` a lock that somebody else holds is hardly waited for. Raises InvalidUnit or SQLAlchemyError when
        one of them cannot be written; then none was.
        """
        connection = self.link.connection()
        try:
            if hurried and connection.dialect.name == "postgresql":
                connection.exec_driver_sql(_HURRIED)
            decision, written = self._execute(connection, units, now)
        except BaseException:
            self.link.roll_back()
            raise
        if not decision.winners:
            self.link.roll_back()
            return dict(decision.losers)
        try:
            self.link.commit()
        except SQLAlchemyError as error:
            _LOG.warning("the database failed while it committed: %s", code_of(error))
            self.link.drop()
            committed = was_committed(self.link, self._statements, written.entries)
            if committed is None or (not committed and may_come_back(error)):
                return _unknown(units, decision)
            if not committed:
                raise
        return {**decision.losers, **written.revisions}

    def _execute(self, connection: Connection, units: Sequence[Prepared], now: int) -> tuple[Decision, Written]:
        heads = lock_heads(connection, self._statements, units, self._chain)
        decision = decide(connection, self._statements, units, heads, now)
        written = write(connection, self._statements, decision.winners, heads, self._chain)
        return decision, written


def _unknown(units: Sequence[Prepared], decision: Decision) -> Outcomes:
    # Losers have failed for sure: they may have lost against a winner of their own batch, which now may not have won.
    text = "the database failed while it committed"
    return {
        unit: StoreUnavailable(text, reason=Reason.FAILED if unit in decision.losers else Reason.UNKNOWN)
        for unit in units
    }
