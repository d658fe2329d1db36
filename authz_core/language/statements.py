"""The statements of a model's text: mostly one for each line, longer ones where a line break is allowed."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, takewhile

from authz_core.language.bodies import body_of
from authz_core.language.document import Position
from authz_core.language.tokens import Token, cleaned, tokens_of

Statement = tuple[Token, ...]
"""Its tokens, of which the last is the end. The body of a condition is one token, whatever it holds."""

# A line that begins so begins a statement even where a bracket is still open: somebody forgot to close it.
_OPENING = re.compile(
    r"[ \t]*(?:(?:define|relations|condition)(?![\w./-])|(?:extend[ \t]+)?type[ \t]+(?!with(?![\w./-]))\w)"
)
_BRACKETS = {"define": ("[", "]"), "condition": ("(", ")")}


class Statements:
    """The statements of one text, each read once."""

    def __init__(self, text: str, file: str | None = None) -> None:
        """Take out the comments."""
        self._lines = cleaned(text)
        self._text = "\n".join(self._lines)
        self._starts = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._file = file

    @property
    def end(self) -> Token:
        """The end of the text."""
        return Token("", Position(len(self._lines) - 1, len(self._lines[-1]), self._file), glued=False)

    def __iter__(self) -> Iterator[Statement]:
        place = Position(0, 0, self._file)
        while place.line < len(self._lines):
            tokens, place = self._next(place)
            if tokens:
                yield (*tokens, self._line_end(place.line - 1))

    def _next(self, place: Position) -> tuple[list[Token], Position]:
        """Return the tokens from a place on to the end of the statement, and where the next one starts."""
        tokens = list(tokens_of(self._lines[place.line], place))
        first = tokens[0].text if tokens else ""
        if first in _BRACKETS:
            place = self._continue(tokens, place, *_BRACKETS[first])
        if first == "condition":
            return self._with_body(tokens, place)
        return tokens, self._line(place.line + 1)

    def _continue(self, tokens: list[Token], place: Position, opens: str, closes: str) -> Position:
        """Add the lines that an open bracket reaches to; return the last of them."""
        depth = _depth(tokens, opens, closes)
        while depth > 0 and place.line + 1 < len(self._lines) and not _OPENING.match(self._lines[place.line + 1]):
            place = self._line(place.line + 1)
            added = list(tokens_of(self._lines[place.line], place))
            depth += _depth(added, opens, closes)
            tokens.extend(added)
        return place

    def _with_body(self, tokens: list[Token], place: Position) -> tuple[list[Token], Position]:
        """Return a condition's tokens with its body as one token, up to the end of the line where it ends."""
        head = list(takewhile(lambda token: token.text != "{", tokens))
        if len(head) == len(tokens):
            return tokens, self._line(place.line + 1)
        brace = tokens[len(head)]
        start = self._starts[brace.at.line] + brace.at.column + 1
        body = body_of(self._text, start)
        end = len(self._text) if body.end is None else body.end
        after = self._place(end)
        # What cannot stand in a body takes the place of the closing brace, so that it is what a reader finds there.
        rest = tokens_of(self._lines[after.line], after)
        if body.stray is not None:
            rest = iter([Token(self._text[body.stray], self._place(body.stray), glued=True)])
        inside = Token(self._text[start : end if body.stray is None else body.stray], self._place(start), glued=True)
        return [*head, brace, inside, *rest], self._line(after.line + 1)

    def _place(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset) - 1
        return Position(line, offset - self._starts[line], self._file)

    def _line(self, number: int) -> Position:
        return Position(number, 0, self._file)

    def _line_end(self, number: int) -> Token:
        return Token("", Position(number, len(self._lines[number]), self._file), glued=False)


def _depth(tokens: list[Token], opens: str, closes: str) -> int:
    """Return how many brackets the tokens open and leave open."""
    texts = [token.text for token in tokens]
    return texts.count(opens) - texts.count(closes)
