"""The writer: carries out the units that wait, together where it can, one by one where it must."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.changes import Unit
from delegation.store.errors import InvalidUnit, StoreError, StoreUnavailable
from delegation.store.failures import code_of, concerns_all, is_locked
from delegation.store.lane import Outcome
from delegation.store.preparation import Prepared, prepare
from delegation.store.purging import Purge
from delegation.store.retrying import Retrying
from delegation.store.transaction import Outcomes, Revisions, Transactions
from delegation.telemetry import metrics

_LOG: Final = logging.getLogger(__name__)


class _SpoiledError(Exception):
    """One of the units kept the whole batch from being written."""

    def __init__(self, cause: StoreError, *, locked: bool = False) -> None:
        super().__init__()
        self.cause = cause
        self.locked = locked


class Writer:
    """Carries out units of work. Lives in one thread."""

    def __init__(self, engine: Engine, *, chain: str, clock: Callable[[], datetime]) -> None:
        """Write to `engine`; events go to `chain`; `clock` says which claims have run out."""
        self._clock = clock
        self._transactions = Transactions(engine, chain=chain)
        self._retrying = Retrying()
        self._purge = Purge(self._transactions.link)

    def work(self, units: Sequence[Unit]) -> list[Outcome[Revisions]]:
        """Return what became of each unit, in the order given. Whatever succeeded is durable."""
        prepared = [_prepared(unit) for unit in units]
        outcomes: Outcomes = {}
        rest = "the database cannot be used"
        try:
            self._carry_out([unit for unit in prepared if isinstance(unit, Prepared)], outcomes)
        except StoreUnavailable as error:
            rest = str(error)
        return [
            unit if isinstance(unit, InvalidUnit) else outcomes[unit] if unit in outcomes else StoreUnavailable(rest)
            for unit in prepared
        ]

    def tidy(self) -> None:
        """Delete some claims and answers that have run out, now and then."""
        self._purge.now_and_then(self._clock())

    def interrupt(self) -> None:
        """Fail what is being written: it has taken too long. Called in another thread."""
        self._retrying.give_up()
        self._transactions.link.cut()

    def close(self) -> None:
        """Close the connection."""
        self._transactions.link.drop()

    def _carry_out(self, units: Sequence[Prepared], outcomes: Outcomes, *, hurried: bool = False) -> None:
        if not units:
            return
        try:
            outcomes |= self._together(units, hurried=hurried)
        except _SpoiledError as spoiled:
            if len(units) == 1:
                outcomes[units[0]] = spoiled.cause
                return
            for unit in units:
                # What is locked was waited for once; now those go ahead that do not need it.
                self._carry_out([unit], outcomes, hurried=spoiled.locked)

    def _together(self, units: Sequence[Prepared], *, hurried: bool) -> Outcomes:
        self._retrying.begin()
        while True:
            began = monotonic()
            try:
                outcomes = self._transactions.carry_out(units, int(self._clock().timestamp()), hurried=hurried)
            except InvalidUnit as error:
                raise _SpoiledError(error) from None
            except SQLAlchemyError as error:
                # A COMMIT that failed was looked up before: nothing of this attempt was committed.
                self._transactions.link.drop()
                if not self._retrying.once_more(error):
                    raise _translated(error) from None
            else:
                self._retrying.succeeded()
                metrics.COMMIT_SECONDS.observe(monotonic() - began)
                metrics.COMMIT_UNITS.observe(len(units))
                return outcomes


def _prepared(unit: Unit) -> Prepared | InvalidUnit:
    try:
        return prepare(unit)
    except InvalidUnit as error:
        return error


def _translated(error: SQLAlchemyError) -> StoreUnavailable | _SpoiledError:
    code = code_of(error)
    _LOG.warning("the database refused to write: %s", code)
    failure = StoreUnavailable(f"the database refused to write: {code}")
    return failure if concerns_all(error) else _SpoiledError(failure, locked=is_locked(error))
