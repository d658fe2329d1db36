"""JSON from strangers, read with one meaning or not at all (RFC 8259 §4 leaves repeated names open)."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None

MAX_DEPTH: Final = 32
"""How deep arrays and objects may lie in one another."""
MAX_NUMBER: Final = 32
"""Characters a number may have."""

# A string that never ends matches to the end of the text, so that matching stays linear.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class InvalidJSON(ValueError):
    """A text is no JSON, or is JSON that two readers may understand differently."""


def json_value(raw: bytes) -> JSON:
    """Return the one value that `raw` holds.

    Raises InvalidJSON for repeated names, numbers that are not finite or too long, nesting beyond `MAX_DEPTH`,
    lone surrogates and anything that is not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
        _refuse_depth(text)
        value: JSON = _DECODER.decode(text)
        if "\\u" in text:
            # Only an escape can smuggle in a surrogate, and encoding refuses it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError:
        # The library's message may repeat what was read.
        raise InvalidJSON("not well-formed JSON with one meaning") from None
    return value


def json_object(raw: bytes) -> dict[str, JSON]:
    """Return the object that `raw` holds; raises InvalidJSON for anything else."""
    value = json_value(raw)
    if not isinstance(value, dict):
        raise InvalidJSON("not a JSON object")
    return value


def _refuse_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = match[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            raise InvalidJSON("nested too deep")


def _members(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJSON("a name is repeated")
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise InvalidJSON("a number is too long")
    return int(text)


def _fraction(text: str) -> float:
    if len(text) > MAX_NUMBER or not math.isfinite(number := float(text)):
        raise InvalidJSON("a number is too long or not finite")
    return number


def _constant(text: str) -> NoReturn:
    raise InvalidJSON(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_constant=_constant,
    parse_float=_fraction,
    parse_int=_integer,
)
