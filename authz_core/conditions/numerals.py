"""Numbers as JSON brings them: as a number, or as a decimal string where a double would lose digits."""

import math
import re
from decimal import Decimal
from typing import Final

from authz_core.conditions.failures import Unfit

# The longest exact decimal form of a double is a little shorter.
_LONGEST: Final = 1_100
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# Beyond these powers of ten every double is infinite or zero; they keep the exact ratio small.
_POWERS: Final = range(-1_100, 400)

INT: Final = range(-(2**63), 2**63)
UINT: Final = range(2**64)


def integer(value: object, bounds: range) -> int:
    """Return the whole number that the value is, exactly; truth values are no numbers."""
    match value:
        case bool():
            raise Unfit
        case int():
            number = int(value)
        case float() if value.is_integer():
            number = int(value)
        case str():
            number, denominator = _ratio(value)
            if denominator != 1:
                raise Unfit
        case _:
            raise Unfit
    if number not in bounds:
        raise Unfit
    return number


def double(value: object) -> float:
    """Return the value as a finite double; a string must be one exactly, a number is one already in JSON."""
    try:
        match value:
            case bool():
                raise Unfit
            case int() | float():
                number = float(value)
            case str():
                ratio = _ratio(value)
                number = ratio[0] / ratio[1]
                if number.as_integer_ratio() != ratio:
                    raise Unfit
            case _:
                raise Unfit
    except OverflowError:
        raise Unfit from None
    if not math.isfinite(number):
        raise Unfit
    return number


def _ratio(text: str) -> tuple[int, int]:
    """Return the numerator and denominator of a decimal string, in lowest terms."""
    if len(text) > _LONGEST or not _DECIMAL.fullmatch(text):
        raise Unfit
    exact = Decimal(text)
    if exact and exact.adjusted() not in _POWERS:
        raise Unfit
    return exact.as_integer_ratio()
