"""JSON as it comes from elsewhere: one object, each member once, finite numbers."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias, TypeVar

from typing_extensions import override

from delegation.client.errors import UnexpectedAnswer

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None
Value = TypeVar("Value")
_LARGEST: Final = (1 << 53) - 1
"""Up to here all who read JSON read the same whole number (RFC 8259 §6), and it can be compared with a time."""
_UNREADABLE: Final[JSON] = ("not JSON",)  # A list comes out of JSON, and never a tuple.


class Hidden(dict[str, Value]):
    """Members of which some may be secret: they are not shown, nor by whatever shows the variables of a traceback."""

    @override
    def __repr__(self) -> str:
        return f"<{', '.join(map(repr, self))}>"


def json_object(text: bytes) -> Mapping[str, JSON]:
    """Return the object that the text is; raises UnexpectedAnswer if it is anything else."""
    value = _read(text)
    if isinstance(value, Mapping):
        return value
    wrong = "the answer is not well-formed JSON" if value is _UNREADABLE else "the answer is not a JSON object"
    # They may hold a token, and a traceback shows what a function that raises has at hand.
    del text, value
    raise UnexpectedAnswer(wrong)


def text_of(members: Mapping[str, JSON], name: str) -> str:
    """Return the member, a string that is not empty; raises UnexpectedAnswer otherwise."""
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswer(f"`{name}` is missing from the answer or is no text")
    return value


def whole_number_of(members: Mapping[str, JSON], name: str) -> int:
    """Return the member, a whole number; raises UnexpectedAnswer otherwise."""
    value = members.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
        raise UnexpectedAnswer(f"`{name}` is missing from the answer or is no whole number")
    return value


def _read(text: bytes) -> JSON:
    try:
        value: JSON = json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused)
    except (ValueError, RecursionError):
        return _UNREADABLE
    return value


def _once_each(pairs: list[tuple[str, JSON]]) -> Hidden[JSON]:
    members = Hidden(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)
