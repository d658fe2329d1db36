"""Links: a thread's own connection, which another thread may cut when nothing comes back over it."""

import os
import socket
from contextlib import suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError

from delegation.store.connections import Access, connect


class Link:
    """One thread's connection, opened when first needed and anew after it broke."""

    def __init__(self, engine: Engine, access: Access) -> None:
        """Use `engine`, once asked to."""
        self._engine = engine
        self._access = access
        self._connection: Connection | None = None
        self._wire: socket.socket | None = None

    def connection(self) -> Connection:
        """Return the connection. Raises SQLAlchemyError when there is no database."""
        if self._connection is None:
            connection = connect(self._engine, self._access)
            try:
                self._wire = _wire_of(connection)
            except OSError:
                connection.close()
                raise DisconnectionError("no connection that could be cut") from None
            self._connection = connection
        return self._connection

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


def _wire_of(connection: Connection) -> socket.socket | None:
    """Return the socket that a connection uses, by a number of our own; None for a file."""
    driver = connection.connection.driver_connection
    if connection.dialect.name != "postgresql" or driver is None:
        return None
    return socket.socket(fileno=os.dup(driver.fileno()))
