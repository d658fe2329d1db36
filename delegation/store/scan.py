"""Scans: a large partition read slice by slice, each scan on a connection and in a thread of its own."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.changes import Slice
from delegation.store.connections import Access
from delegation.store.errors import StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.lane import Outcome
from delegation.store.link import Link

_LOG: Final = logging.getLogger(__name__)


class Scan:
    """Reads slice after slice in one transaction, so that all of them are one state. Lives in one thread.

    What fails is not tried again: what was handed over before belongs to a state that is gone.
    """

    def __init__(self, engine: Engine, begin: Callable[[Connection], Iterator[Slice]]) -> None:
        """Read from `engine` what `begin` yields on a connection, once asked to."""
        self._link = Link(engine, Access.SNAPSHOT)
        self._begin = begin
        self._slices: Iterator[Slice] | None = None

    def work(self, tasks: Sequence[None]) -> list[Outcome[Slice]]:
        """Return the next slice for each task, or why there is none."""
        return [self._next() for _ in tasks]

    def tidy(self) -> None:
        """Nothing is left over from reading."""

    def interrupt(self) -> None:
        """Fail what is being read: it has taken too long. Called in another thread."""
        self._link.cut()

    def close(self) -> None:
        """Close the connection, and with it the transaction."""
        self._link.drop()

    def _next(self) -> Outcome[Slice]:
        try:
            if self._slices is None:
                self._slices = self._begin(self._link.connection())
            return next(self._slices)
        except SQLAlchemyError as error:
            code = code_of(error)
            _LOG.warning("the database could not be read: %s", code)
            return StoreUnavailable(f"the database could not be read: {code}")
