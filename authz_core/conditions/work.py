"""How much an evaluation may cost at most, reckoned from the text of the expression and the size of its values.

The library bounds iterations but neither the work in each nor memory, and cannot be stopped once it runs. What is
reckoned here is meant to be never too little, and is far too much for some expressions. It is the same every time, so
an answer never depends on how busy the machine is.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

LARGEST: Final = 64 * 1024
"""What all values of one evaluation may weigh together: a character is 1, any value 8 besides."""

WORK: Final = 100_000_000
"""Characters that one evaluation may touch at most: well under a second, and a few megabytes."""

_VALUE: Final = 8
_PATTERN: Final = 10  # how much slower a pattern reads than a comparison
_COUNTED: Final = 30  # how much longer `{…}` makes a pattern within reason; the worst is a thousand
# Texts of the expression and comments, in the order in which the language reads them.
_SILENT: Final = re.compile(
    r"""//[^\n]*
    |\b(?:[rR][bB]?|[bB][rR])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\r\n]*"|'[^'\r\n]*')
    |\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}
    |"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'""",
    re.DOTALL | re.VERBOSE,
)
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_LOOP: Final = re.compile(r"\b(?:all|exists|exists_one|filter|map)\b")
_LOOP_COMMA: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*\w+\s*,")
_MATCHES: Final = re.compile(r"\bmatches\b")


class Weight(NamedTuple):
    """How large values are together, how long their longest list or map is, and whether a brace is in a string."""

    size: int
    longest: int
    brace: bool


class Shape(NamedTuple):
    """What an expression can do to its values."""

    length: int
    tokens: int
    loops: int
    growth: int
    """How often one value can at most stand in the next, joined by `+` or side by side in a list."""

    patterns: int
    brace: bool

    @classmethod
    def of(cls, expression: str) -> "Shape":
        """Return the shape of an expression that compiles."""
        spoken = _SILENT.sub(" 0 ", expression)
        commas = spoken.count(",") - len(_LOOP_COMMA.findall(spoken))
        return cls(
            length=len(expression),
            tokens=len(_TOKEN.findall(spoken)),
            loops=len(_LOOP.findall(spoken)),
            growth=1 + spoken.count("+") + commas,
            patterns=len(_MATCHES.findall(spoken)),
            brace="{" in expression,
        )

    def work(self, weight: Weight) -> int:
        """Return the most that an evaluation can touch."""
        size = weight.size + self.length
        # Each loop may run for each element, or may hand on a value that holds the one before as often. The library
        # counts rounds and not what is handed on, so where it would stop is no bound.
        rounds: int = (max(1, weight.longest) * self.growth) ** self.loops
        grown: int = self.growth ** (self.loops + 1)
        # Any string may be the pattern, and every character of the text may meet every part of it.
        counted = _COUNTED if self.brace or weight.brace else 1
        matching = self.patterns * _PATTERN * size * self.growth * counted
        return (self.tokens + matching) * size * grown * rounds


def weigh(values: Mapping[str, object]) -> Weight:
    """Return what the values weigh."""
    size = longest = 0
    brace = False
    unvisited = list(values.values())
    while unvisited:
        value = unvisited.pop()
        size += _VALUE
        if isinstance(value, str):
            size += len(value)
            brace = brace or "{" in value
        elif isinstance(value, list):
            unvisited.extend(value)
            longest = max(longest, len(value))
        elif isinstance(value, dict):
            unvisited.extend((*value, *value.values()))
            longest = max(longest, len(value))
    return Weight(size, longest, brace)
