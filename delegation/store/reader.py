"""The reader: answers questions on one connection, one after the other."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.connections import Access
from delegation.store.errors import StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.lane import Outcome
from delegation.store.link import Link
from delegation.store.retrying import Retrying

Question: TypeAlias = Callable[[Connection], Any]
"""Something that can be read."""

_LOG: Final = logging.getLogger(__name__)


class Reader:
    """Answers questions. Lives in one thread."""

    def __init__(self, engine: Engine, access: Access) -> None:
        """Read from `engine`, single statements or one state at a time."""
        self._link = Link(engine, access)
        self._one_state = access is Access.SNAPSHOT
        self._retrying = Retrying()

    def work(self, questions: Sequence[Question]) -> list[Outcome[Any]]:
        """Return the answer to each question, or why there is none."""
        return [self._answer(question) for question in questions]

    def tidy(self) -> None:
        """Nothing is left over from reading."""

    def close(self) -> None:
        """Close the connection."""
        self._link.drop()

    def interrupt(self) -> None:
        """Fail what is being asked: it has taken too long. Called in another thread."""
        self._retrying.give_up()
        self._link.cut()

    def _answer(self, question: Question) -> Outcome[object]:
        if self._retrying.is_hopeless:
            return StoreUnavailable("the database could not be read a moment ago")
        self._retrying.begin()
        while True:
            try:
                answer = self._once(question)
            except SQLAlchemyError as error:
                if self._retrying.once_more(error):
                    continue
                code = code_of(error)
                _LOG.warning("the database could not be read: %s", code)
                return StoreUnavailable(f"the database could not be read: {code}")
            self._retrying.succeeded()
            return answer

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
