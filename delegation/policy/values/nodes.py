"""Values as they stand in YAML, JSON or CSV, each with its place, and what a reader may ask of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from delegation.policy.faults import Fault, Gathering, InvalidPolicy, Place, quoted
from delegation.policy.values.scalars import Ambiguous, Scalar, value_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """One value: a scalar as it is written, a list, or a table.

    `size` counts the values in it, each as often as it is repeated.
    """

    place: Place
    content: "Scalar | tuple[Node, ...] | Mapping[str, Node]"
    named_at: Place | None = None
    """Where the key stands, of a value in a table."""
    size: int = field(default=1, compare=False)

    def fault(self, message: str) -> InvalidPolicy:
        """Return the error that something is wrong with this value."""
        found = self.content.text if isinstance(self.content, Scalar) else ""
        return InvalidPolicy(Fault(self.place, message, found=found))

    def text(self, what: str) -> str:
        """Return the text as it is written: `yes` is the text `yes`, `010` is the text `010`."""
        if isinstance(self.content, Scalar) and self.content.is_text:
            return self.content.text
        raise self.fault(f"{what}: a text is wanted, not {self.kind}")

    def truth(self, what: str) -> bool:
        """Return true or false, which must be written as `true` or `false`."""
        if isinstance(self.content, Scalar) and isinstance(truth := self.content.truth, bool):
            return truth
        raise self.fault(f"{what}: `true` or `false` is wanted, not {self.kind}")

    def items(self, what: str) -> tuple["Node", ...]:
        """Return the values of a list."""
        if isinstance(self.content, tuple):
            return self.content
        raise self.fault(f"{what}: a list is wanted, not {self.kind}")

    def each(self, what: str, read: "Callable[[Node], T]") -> tuple[T, ...]:
        """Return the values of a list as `read` understands them, the faults of all of them gathered."""
        found: list[T] = []
        gathering = Gathering()
        for item in self.items(what):
            with gathering.part():
                found.append(read(item))
        gathering.finish()
        return tuple(found)

    def table(self, what: str, known: frozenset[str] | None = None) -> "Table":
        """Return the values of a table with their keys; an unknown key is a fault."""
        if not isinstance(self.content, Mapping):
            raise self.fault(f"{what}: a table of keys and values is wanted, not {self.kind}")
        table = Table(what, self, self.content)
        if known is not None:
            table.only(known)
        return table

    def json(self) -> object:
        """Return the value as JSON has it; what YAML's versions read differently is a fault."""
        match self.content:
            case Scalar():
                try:
                    return value_of(self.content)
                except Ambiguous as error:
                    raise self.fault(str(error)) from None
            case tuple():
                return [each.json() for each in self.content]
            case _:
                return {key: each.json() for key, each in self.content.items()}

    @property
    def is_nothing(self) -> bool:
        """Whether nothing stands here, or null."""
        return isinstance(self.content, Scalar) and self.content.is_nothing

    @property
    def kind(self) -> str:
        """What the value is, for messages."""
        match self.content:
            case Scalar():
                return "nothing" if self.is_nothing else quoted(self.content.text)
            case tuple():
                return "a list"
            case _:
                return "a table"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, asked by key."""

    what: str
    node: Node
    values: Mapping[str, Node]

    def only(self, known: frozenset[str]) -> None:
        """Refuse keys that are not known."""
        wanted = ", ".join(sorted(known))
        unknown = [
            Fault(value.named_at or value.place, f"{self.what} has no key {quoted(key)}: known are {wanted}", found=key)
            for key, value in self.values.items()
            if key not in known
        ]
        if unknown:
            raise InvalidPolicy(*unknown)

    def get(self, key: str) -> Node | None:
        """Return the value of a key that may be missing or have none."""
        value = self.values.get(key)
        return None if value is None or value.is_nothing else value

    def need(self, key: str) -> Node:
        """Return the value of a key that must be there."""
        value = self.get(key)
        if value is None:
            raise self.node.fault(f"{self.what} needs {quoted(key)}")
        return value

    def text(self, key: str) -> str:
        """Return the text of a key that must be there."""
        return self.need(key).text(quoted(key))

    def text_or_none(self, key: str) -> str | None:
        """Return the text of a key that may be missing."""
        value = self.get(key)
        return None if value is None else value.text(quoted(key))

    def items(self, key: str) -> tuple[Node, ...]:
        """Return the values of a list that may be missing."""
        value = self.get(key)
        return () if value is None else value.items(quoted(key))

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        """Iterate over the keys and their values."""
        return iter(self.values.items())
