"""JSON as it comes from elsewhere: one object, each member once, finite numbers."""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from delegation.client.errors import UnexpectedAnswer

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None


def json_object(text: bytes) -> Mapping[str, JSON]:
    """Return the object that the text is; raises UnexpectedAnswer if it is anything else."""
    try:
        value: JSON = json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise UnexpectedAnswer("the answer is not well-formed JSON") from None
    if not isinstance(value, Mapping):
        raise UnexpectedAnswer("the answer is not a JSON object")
    return value


def text_of(members: Mapping[str, JSON], name: str) -> str:
    """Return the member, a string that is not empty; raises UnexpectedAnswer otherwise."""
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswer(f"`{name}` is missing from the answer or is no text")
    return value


def whole_number_of(members: Mapping[str, JSON], name: str) -> int:
    """Return the member, a whole number; raises UnexpectedAnswer otherwise."""
    value = members.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnexpectedAnswer(f"`{name}` is missing from the answer or is no whole number")
    return value


def _once_each(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)
