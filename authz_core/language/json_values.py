"""The parts of a JSON document, each with the path that leads to it, read strictly."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from authz_core.errors import quoted
from authz_core.language.document import Position
from authz_core.language.faults import Fault, InvalidDocument

LARGEST_JSON = 4 * 1024 * 1024
"""How many characters the JSON form of a model may have; it is several times as long as the text form."""

_PLAIN = re.compile(r"[\w-]{1,64}")
_KINDS = ((bool, "a boolean"), (int | float, "a number"), (str, "a string"), (Mapping, "an object"), (list, "an array"))


@dataclass(frozen=True, slots=True)
class Value:
    """A part of a JSON document; where it is not of the kind asked for, `InvalidDocument` is raised."""

    held: object
    path: str = "$"

    def members(self) -> "dict[str, Value]":
        """Return the members of an object."""
        if not isinstance(self.held, Mapping):
            raise self.wrong("an object")
        names = [Value(name, _below(self.path, name)).text() for name in self.held]
        return {name: Value(self.held[name], _below(self.path, name)) for name in names}

    def fields(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> "dict[str, Value]":
        """Return the members of an object with all of the required ones and no unknown ones; null counts as absent."""
        members = {name: member for name, member in self.members().items() if member.held is not None}
        known = [*required, *optional]
        for name, member in members.items():
            if name not in known:
                wanted = f"one of {', '.join(map(quoted, known))}" if known else "nothing in here"
                raise InvalidDocument(Fault("invalid-json", f"`{member.path}` is unknown", None, name, wanted))
        for name in required:
            if name not in members:
                raise InvalidDocument(Fault("invalid-json", f"`{self.path}` has no {quoted(name)}"))
        return members

    def items(self) -> "Iterator[Value]":
        """Iterate over the items of an array."""
        if isinstance(self.held, str | bytes) or not isinstance(self.held, Sequence):
            raise self.wrong("an array")
        for index, held in enumerate(self.held):
            yield Value(held, f"{self.path}[{index}]")

    def text(self) -> str:
        """Return a string of whole characters."""
        if not isinstance(self.held, str):
            raise self.wrong("a string")
        try:
            self.held.encode()
        except UnicodeEncodeError:
            raise self.wrong("a string without halves of characters") from None
        return self.held

    def wrong(self, expected: str) -> InvalidDocument:
        """Return the error that something else is expected here."""
        kind = next((name for type_, name in _KINDS if isinstance(self.held, type_)), type(self.held).__name__)
        kind = "null" if self.held is None else kind
        found = quoted(self.held) if isinstance(self.held, str) else kind
        return InvalidDocument(Fault("invalid-json", f"`{self.path}` is {found}", None, found, expected))


def loaded(text: str) -> Value:
    """Return what a JSON text holds; raise `InvalidDocument` for other texts, and where a name occurs twice."""
    if len(text) > LARGEST_JSON:
        raise InvalidDocument(Fault("too-large", f"text is larger than {LARGEST_JSON} characters"))
    try:
        return Value(json.loads(text, object_pairs_hook=_distinct))
    except json.JSONDecodeError as error:
        place, found = Position(error.lineno - 1, error.colno - 1), text[error.pos : error.pos + 1]
        shown = quoted(found) if found else "end of text"
        raise InvalidDocument(Fault("invalid-json", f"unexpected {shown}", place, found, "JSON")) from None
    except (ValueError, RecursionError):
        raise InvalidDocument(Fault("invalid-json", "text nests too deeply or holds a number too long")) from None


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        ((repeated, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise InvalidDocument(Fault("invalid-json", f"{quoted(repeated)} occurs twice in one object", None, repeated))
    return members


def _below(path: str, name: object) -> str:
    if not isinstance(name, str):
        return f"{path}[?]"
    return f"{path}.{name}" if _PLAIN.fullmatch(name) else f"{path}['{quoted(name)[1:-1]}']"
