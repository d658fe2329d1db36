"""Finding: which partitions have a row like this."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from delegation.audit import JSON
from delegation.store.errors import InvalidQuestion, InvalidUnit
from delegation.store.rows import SHAPES
from delegation.store.tables import PARTITIONED


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the rows looked for have in common."""

    table: str
    values: Mapping[str, JSON]
    is_indexed: bool
    """Whether they are found without reading the whole table."""

    @classmethod
    def of(cls, table: str, values: Mapping[str, JSON]) -> "Likeness":
        """Return what to look for. Raises InvalidQuestion."""
        shape = SHAPES.get(table)
        if shape is None:
            raise InvalidQuestion(f"there is no table `{table}`")
        try:
            checked = {name: shape.value(name, value) for name, value in values.items()}
        except KeyError as error:
            raise InvalidQuestion(f"`{table}` has no column `{error.args[0]}`") from None
        except InvalidUnit as error:
            raise InvalidQuestion(str(error)) from None
        if not checked:
            raise InvalidQuestion(f"nothing is said of the rows of `{table}`")
        indexes = ({c.name for c in index.columns} for index in PARTITIONED[table].indexes)
        return cls(table, checked, any(names - {"partition"} <= checked.keys() for names in indexes))


def partitions_with(connection: Connection, likeness: Likeness) -> list[str]:
    """Return the partitions that have such a row, in order."""
    columns = PARTITIONED[likeness.table].c
    like = [columns[name] == value for name, value in likeness.values.items()]
    statement = select(columns.partition).where(*like).distinct().order_by(columns.partition)
    return list(connection.execute(statement).scalars())
