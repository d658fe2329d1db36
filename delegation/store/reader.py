"""The reader: answers questions on one connection, one after the other."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.connections import Access, Link
from delegation.store.errors import StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.lane import Outcome

Question: TypeAlias = Callable[[Connection], Any]
"""Something that can be read."""

_LOG: Final = logging.getLogger(__name__)


class Reader:
    """Answers questions. Lives in one thread."""

    def __init__(self, engine: Engine, access: Access) -> None:
        """Read from `engine`, single statements or one state at a time."""
        self._link = Link(engine, access)
        self._one_state = access is Access.SNAPSHOT

    def work(self, questions: Sequence[Question]) -> list[Outcome[Any]]:
        """Return the answer to each question, or why there is none."""
        return [self._answer(question) for question in questions]

    def tidy(self) -> None:
        """Nothing is left over from reading."""

    def close(self) -> None:
        """Close the connection."""
        self._link.drop()

    def _answer(self, question: Question) -> Outcome[object]:
        try:
            return self._once(question)
        except SQLAlchemyError as error:
            # Asked again on a new connection: a database that was restarted has cut the old one.
            _LOG.info("asking the database again: %s", code_of(error))
        try:
            return self._once(question)
        except SQLAlchemyError as error:
            code = code_of(error)
            _LOG.warning("the database could not be read: %s", code)
            return StoreUnavailable(f"the database could not be read: {code}")

    def _once(self, question: Question) -> object:
        try:
            answer = question(self._link.connection())
        except BaseException:
            # Whatever failed, the next question must not be answered from the state that this one saw.
            self._link.drop()
            raise
        if self._one_state:
            self._link.roll_back()
        return answer
