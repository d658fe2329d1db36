"""Scalars as JSON has them: true, false, null and numbers by YAML 1.2's core schema; everything else is text."""

import math
import re
from dataclasses import dataclass

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SWITCH = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
_OTHER_NUMBER = re.compile(r"[-+]?(?:0[0-9_]+|0[box][0-9a-fA-F_]+|[0-9]+_[0-9_]*|\.(?:inf|nan))", re.IGNORECASE)
_LONGEST_INTEGER = 400  # digits: beyond the largest double, and Python's own limit for texts lies at 4300


class Ambiguous(Exception):
    """A scalar means one thing to one reader of YAML and another to the next."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as it is written; one without quotes resolves to what it looks like.

    Without quotes YAML means a text wherever a text is wanted; in JSON a number is never one, which `typed` says. The
    lines of a `literal` text are the lines of its file.
    """

    text: str
    resolves: bool = False
    typed: bool = False
    literal: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether it stands for null."""
        return self.resolves and self.text in _NOTHING

    @property
    def is_text(self) -> bool:
        """Whether it can be taken as the text that is written."""
        return not self.typed and not self.is_nothing

    @property
    def truth(self) -> bool | None:
        """The truth that it stands for, or none."""
        if not self.resolves or self.text not in _TRUE | _FALSE:
            return None
        return self.text in _TRUE


def value_of(scalar: Scalar) -> str | int | float | bool | None:
    """Return the value of the scalar in JSON; raise `Ambiguous` for what YAML 1.1 and 1.2 read differently."""
    text = scalar.text
    if not scalar.resolves:
        return text
    if text in _NOTHING:
        return None
    if scalar.truth is not None:
        return scalar.truth
    if _SWITCH.fullmatch(text):
        raise Ambiguous(f"`{text}` is a truth to some readers of YAML: write `true` or `false`, or put it in quotes")
    if _OTHER_NUMBER.fullmatch(text):
        raise Ambiguous(f"`{text}` is read as different numbers: write a plain decimal one, or put it in quotes")
    return _number(text)


def _number(text: str) -> str | int | float:
    if _INTEGER.fullmatch(text) and len(text) < _LONGEST_INTEGER:
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise Ambiguous(f"`{text[:20]}` is larger than any number can be: put it in quotes")
        return number
    return text
