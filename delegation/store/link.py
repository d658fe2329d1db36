"""Links: a thread's own connection, which another thread may cut when nothing comes back over it."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from delegation.store.connections import Access, connect

if TYPE_CHECKING:
    from psycopg.errors import Diagnostic


class Link:
    """One thread's connection, opened when first needed and anew after it broke."""

    def __init__(self, engine: Engine, access: Access) -> None:
        """Use `engine`, once asked to."""
        self._engine = engine
        self._access = access
        self._connection: Connection | None = None
        self._wire: socket.socket | None = None
        self._warned = False

    def connection(self) -> Connection:
        """Return the connection. Raises SQLAlchemyError when there is no database."""
        if self._connection is None:
            connection = connect(self._engine, self._access)
            try:
                self._wire = _wire_of(connection)
            except OSError:
                connection.close()
                raise DisconnectionError("no connection that could be cut") from None
            _on_notice(connection, self._hear)
            self._connection = connection
        return self._connection

    def commit(self) -> None:
        """Commit what was said over the connection. Raises SQLAlchemyError; it may be committed all the same.

        PostgreSQL says that it has committed, and warns, where it was told not to wait for a standby any longer.
        """
        self._warned = False
        self.connection().commit()
        if self._warned:
            raise DisconnectionError("committed, but perhaps not at the standby")

    def _hear(self, notice: "Diagnostic") -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"

    def roll_back(self) -> None:
        """Undo what was not committed, on a connection that can be used afterwards."""
        if self._connection is not None:
            try:
                self._connection.rollback()
            except SQLAlchemyError:
                self.drop()

    def drop(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._wire is not None:
            wire, self._wire = self._wire, None
            wire.close()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.invalidate()
                connection.close()
            except SQLAlchemyError:
                return  # It was broken: there is nothing left to close.

    def cut(self) -> None:
        """Fail whatever the connection's own thread is waiting for. Called in another thread.

        A server that vanished without a word leaves its client waiting; no setting of the server's can end that.
        """
        wire = self._wire
        if wire is not None:
            with suppress(OSError):  # It is closed already.
                wire.shutdown(socket.SHUT_RDWR)


def _on_notice(connection: Connection, hear: "Callable[[Diagnostic], None]") -> None:
    driver = connection.connection.driver_connection
    if connection.dialect.name == "postgresql" and driver is not None:
        driver.add_notice_handler(hear)


def _wire_of(connection: Connection) -> socket.socket | None:
    """Return the socket that a connection uses, by a number of our own; None for a file."""
    driver = connection.connection.driver_connection
    if connection.dialect.name != "postgresql" or driver is None:
        return None
    return socket.socket(fileno=os.dup(driver.fileno()))
