"""Accounts: what users' own partitions say of them, read for many users at once."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from delegation.audit import GENESIS, Head
from delegation.store.asking import heads_within
from delegation.store.changes import Row
from delegation.store.store import Store
from delegation.store.tables import PARTITIONED

_USERS: Final = PARTITIONED["users"]
_ACCOUNTS: Final = select(*(column for column in _USERS.columns if column.name != "partition")).where(
    _USERS.c.partition.in_(bindparam("partitions", expanding=True))
)


async def accounts(store: Store, partitions: Sequence[str]) -> tuple[dict[str, Head], list[Row]]:
    """Return the heads of some hundred users' own partitions and the rows of those users, all of one state.

    Raises StoreUnavailable.
    """

    def read(connection: Connection) -> tuple[dict[str, Head], list[Row]]:
        found = {partition: Head(partition, 0, GENESIS) for partition in partitions}
        found.update((row[0], Head(*row)) for row in heads_within(connection, partitions))
        return found, [dict(row) for row in connection.execute(_ACCOUNTS, {"partitions": partitions}).mappings()]

    return await store.read(read)
