"""Sections of a report: rows of named values, and how each column of them is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]
"""Values by the names of their columns; a name that is missing leaves its cell empty."""

_REACHED: Final[Mapping[object, str]] = {True: "reached", False: "not reached", None: ""}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name of its values, what stands above it, and their form."""

    name: str
    head: str
    form: str = ""

    def cell(self, row: Row) -> str:
        """Return the row's value as it is shown."""
        value = row.get(self.name)
        return "" if value is None else format(value, self.form)


WHAT: Final = Column("what", "")
GOAL: Final = Column("goal", "goal")


@dataclass(frozen=True, slots=True)
class Section:
    """A table with a title, and what has to be known to read it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    def table(self) -> Sequence[Sequence[str]]:
        """Return the cells, the head first; in the last column stands whether the goal was reached."""
        head = [*(column.head for column in self.columns), ""]
        body = [[*(column.cell(row) for column in self.columns), _REACHED[row.get("reached")]] for row in self.rows]
        return [head, *body]

    def raw(self) -> dict[str, Any]:
        """Return the section for programs."""
        return {"name": self.name, "title": self.title, "rows": [dict(row) for row in self.rows]}


def judged(value: float | None, goal: float, unit: str) -> dict[str, Any]:
    """Return the goal in words, and whether a value that should not exceed it reaches it."""
    return {"goal": f"<= {goal:g} {unit}".rstrip(), "reached": None if value is None else value <= goal}
