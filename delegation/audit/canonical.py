"""Canonical JSON: one text for one value, so that it can be hashed and compared."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from delegation.audit.errors import InvalidRecord

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None
"""What a JSON text can say."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a `{type(value).__name__}` is no JSON value")


_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
).encode


def canonical(value: JSON) -> str:
    """Return the one JSON text of a value: members sorted, no blanks, nothing escaped needlessly.

    Raises InvalidRecord for what no JSON text in UTF-8 can hold: NaN, lone surrogates, sets, cycles.
    """
    try:
        text = _encode(value)
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRecord("a text holds half of a surrogate pair") from None
    except (TypeError, ValueError, RecursionError) as error:
        # These messages name a kind of value, never the value.
        raise InvalidRecord(f"a value cannot be written as JSON: {error}") from None
    return text
