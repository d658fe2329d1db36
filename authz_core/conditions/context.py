"""The values of one evaluation: what was stored with the relationship, then what the question brings along."""

import json
from collections.abc import Mapping
from typing import Final

from authz_core.conditions.coercion import coerced
from authz_core.conditions.failures import ConditionFailed, MissingContext, Unfit
from authz_core.errors import quoted
from authz_core.model.conditions import Condition

LARGEST_STORED: Final = 32 * 1024
"""Bytes of JSON that may be stored with one relationship."""


def stored_context(text: str) -> Mapping[str, object]:
    """Return the values that are stored; raise `Unfit` for what is no JSON object of bounded size."""
    if text == "{}":
        return {}
    if len(text) > LARGEST_STORED or len(text.encode(errors="surrogatepass")) > LARGEST_STORED:
        raise Unfit(f"the stored context takes more than {LARGEST_STORED} bytes")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("the stored context is no JSON") from None
    if not isinstance(values, dict):
        raise Unfit("the stored context is no JSON object")
    return values


def merged(condition: Condition, stored: Mapping[str, object], asked: Mapping[str, object]) -> dict[str, object]:
    """Return a value of the right type for every parameter: what a grant has fixed, no question overrides."""
    # All of them, even where the expression could be decided without: the library asks only for what it reads.
    missing = tuple(p.name for p in condition.parameters if p.name not in stored and p.name not in asked)
    if missing:
        raise MissingContext(missing)
    values: dict[str, object] = {}
    for parameter in condition.parameters:
        name = parameter.name
        try:
            values[name] = coerced(parameter.type, stored[name] if name in stored else asked[name])
        except Unfit as unfit:
            raise ConditionFailed(f"parameter {quoted(name)}: {unfit}") from None
    return values
