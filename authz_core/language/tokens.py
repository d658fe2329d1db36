"""The words of a model's text: comments taken out, lines cut into tokens, and what may be a name."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from authz_core.language.document import Position
from authz_core.language.faults import Fault

LARGEST = 256 * 1024
"""How many bytes the text of a model may have."""

BLANKS = " \t\r"
OPERATORS = ("or", "and", "but not")

_RESERVED = frozenset(
    ("and", "or", "from", "with", "define", "relations", "condition", "in", "true", "false", "null", "but not")
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_-]+)*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORD = r"[^ \t\[\](){}<>,:*#]+"
_TOKEN = re.compile(rf"(?P<blank>[ \t]*)(?P<text>but not(?!{_WORD})|{_WORD}|[\[\](){{}}<>,:*#])")


class Token(NamedTuple):
    """A word or mark and its place; the end of a statement is a token without text."""

    text: str
    at: Position
    glued: bool  # nothing stands between it and the token before


def is_word(text: str) -> bool:
    """Tell whether a token is more than a mark."""
    return re.fullmatch(_WORD, text) is not None


def is_reserved(text: str) -> bool:
    """Tell whether nothing may be called so, because the language needs the word."""
    return text in _RESERVED


def is_name(text: str) -> bool:
    """Tell whether types and relations may be called so in text."""
    return text not in _RESERVED and _NAME.fullmatch(text) is not None


def is_identifier(text: str) -> bool:
    """Tell whether conditions, parameters and modules may be called so in text."""
    return text not in _RESERVED and _IDENTIFIER.fullmatch(text) is not None


def cleaned(text: str) -> list[str]:
    """Return the lines of a text without comments and trailing blanks, one for each line that there was."""
    return [_without_comment(line) for line in text.split("\n")]


def unreadable(text: str, file: str | None = None) -> Fault | None:
    """Return what keeps a text from being read at all: its size, or characters that no file can hold."""
    try:
        size = len(text) if len(text) > LARGEST else len(text.encode())
    except UnicodeEncodeError as error:
        before = text[: error.start]
        place = Position(before.count("\n"), error.start - before.rfind("\n") - 1, file)
        return Fault("syntax-error", "half a character stands alone", place, text[error.start])
    if size <= LARGEST:
        return None
    return Fault("too-large", f"text is larger than {LARGEST} bytes", None if file is None else Position(0, 0, file))


def tokens_of(line: str, start: Position) -> Iterator[Token]:
    """Iterate over the tokens of a cleaned line from a place on."""
    for match in _TOKEN.finditer(line, start.column):
        glued = match.start("text") > 0 and not match["blank"]
        yield Token(match["text"], Position(start.line, match.start("text"), start.file), glued)


def _without_comment(line: str) -> str:
    if line.lstrip(BLANKS).startswith("#"):
        return ""
    return line.partition(" #")[0].rstrip(BLANKS)
