"""YAML, read strictly: one document, no key twice, no tags, no merging, and repetition only within bounds.

The parser's events are put together with an explicit stack, so nesting costs no recursion.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import yaml

from delegation.policy.faults import Fault, InvalidPolicy, Place, quoted
from delegation.policy.sources import Source
from delegation.policy.values.nodes import Node
from delegation.policy.values.scalars import Scalar

MOST_VALUES = 1_000_000
"""How many values a document may hold when everything that is repeated by `*name` is counted each time."""

DEEPEST = 64
"""How deep lists and tables may lie in each other."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast, and not always there


class _Mark(Protocol):
    """A position as the parser gives it, counted from zero."""

    line: int
    column: int


class _Open:
    """A list or table whose end has not been read yet."""

    def __init__(self, event: yaml.CollectionStartEvent, place: Place) -> None:
        self.place = place
        self.anchor: str | None = event.anchor
        self.values: list[Node] = []
        self.table: dict[str, Node] = {}
        self.is_table = isinstance(event, yaml.MappingStartEvent)
        self.key: Node | None = None

    def add(self, node: Node) -> None:
        """Put a value into the list, or take it as the next key or value of the table."""
        if not self.is_table:
            self.values.append(node)
        elif self.key is None:
            self.key = self._as_key(node)
        else:
            name = self.key.text("a key")
            self.table[name] = replace(node, named_at=self.key.place)
            self.key = None

    def _as_key(self, node: Node) -> Node:
        name = node.text("a key")
        if name == "<<":
            raise node.fault("`<<` merges tables, which is not supported: write the keys out")
        if name in self.table:
            raise node.fault(f"{quoted(name)} stands here twice")
        return node

    def closed(self) -> Node:
        """Return the finished value."""
        content = self.table if self.is_table else tuple(self.values)
        inner = self.table.values() if self.is_table else self.values
        return Node(self.place, content, size=1 + sum(each.size for each in inner))


class _Assembly:
    """The values read so far."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._values = 0
        self.root: Node | None = None

    def take(self, event: yaml.Event) -> None:
        """Put one event into its place."""
        place = _place(self._file, event.start_mark)
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise InvalidPolicy(Fault(place, "a second document begins here: a file is one document"))
            case yaml.AliasEvent(anchor=str() as name):
                self._add(place, self._repeated(name, place))
            case yaml.ScalarEvent():
                _refuse_tag(event, place)
                scalar = Scalar(event.value, resolves=not event.style, literal=event.style == "|")
                self._finish(event.anchor, Node(place, scalar))
            case yaml.CollectionStartEvent():
                _refuse_tag(event, place)
                if len(self._open) >= DEEPEST:
                    raise InvalidPolicy(Fault(place, f"lists and tables lie more than {DEEPEST} deep in each other"))
                self._open.append(_Open(event, place))
            case yaml.CollectionEndEvent():
                done = self._open.pop()
                self._finish(done.anchor, done.closed())
            case _:  # Where documents and the stream begin and end says nothing more.
                pass

    def _finish(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._add(node.place, node)

    def _repeated(self, name: str, place: Place) -> Node:
        if name not in self._anchors:
            raise InvalidPolicy(Fault(place, f"{quoted(f'*{name}')} repeats something that is not complete above"))
        self._values += self._anchors[name].size
        return replace(self._anchors[name], place=place)

    def _add(self, place: Place, node: Node) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise InvalidPolicy(Fault(place, f"the document holds more than {MOST_VALUES} values"))
        if self._open:
            self._open[-1].add(node)
        else:
            self.root = node


def read_yaml(source: Source) -> Node:
    """Return the value that the document is; raise `InvalidPolicy` with the place of what is wrong."""
    assembly = _Assembly(source.name)
    for event in _events(source):
        assembly.take(event)
    if assembly.root is None:
        raise InvalidPolicy(Fault(Place(source.name), "the file is empty"))
    return assembly.root


def _events(source: Source) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(source.text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidPolicy(
            Fault(_place(source.name, mark), f"this is no YAML: {error.problem or error.context}")
        ) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise InvalidPolicy(Fault(Place(source.name), f"this is no YAML: {reason}")) from None


def _refuse_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent, place: Place) -> None:
    if event.tag is not None:
        raise InvalidPolicy(Fault(place, f"{quoted(event.tag)} is a tag, and tags are not read"))


def _place(file: str, mark: _Mark | None) -> Place:
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
