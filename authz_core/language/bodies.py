"""Where the expression of a condition ends, and which expressions can stand in a model's text."""

import re
from typing import NamedTuple

from authz_core.language.tokens import BLANKS, cleaned

_LITERAL = (
    r'[rR]"""(?s:.*?)"""'
    r"|[rR]'''(?s:.*?)'''"
    r'|[rR]"[^"\n]*"'
    r"|[rR]'[^'\n]*'"
    r'|"""(?s:[^\\]|\\.)*?"""'
    r"|'''(?s:[^\\]|\\.)*?'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
)
# Quotes in a comment open no literal, yet a closing brace ends the body even there.
_PIECE = re.compile(rf"(?P<literal>{_LITERAL})|//[^\n}}]*|(?P<mark>[\"'{{}}])")


class Body(NamedTuple):
    """Where a body ends: at the closing brace, or nowhere; and where a literal is left open or a brace opens in it."""

    end: int | None
    stray: int | None


def body_of(text: str, start: int) -> Body:
    """Return where the body that starts at a place of the text ends."""
    for match in _PIECE.finditer(text, start):
        if match["mark"] == "}":
            return Body(match.start(), None)
        if match["mark"]:
            # Maps cannot be written in a body, so that a second brace mostly shows that the first was not closed.
            # Nothing is known of literals from here on; to stop looking for them also keeps the time linear.
            end = text.find("}", match.end())
            return Body(end if end >= 0 else None, match.start())
    return Body(None, None)


def trimmed(expression: str) -> str:
    """Return an expression without the blanks and line breaks around it."""
    return expression.strip(f"{BLANKS}\n")


def written(expression: str) -> str:
    """Return an expression as it stands in text."""
    return "\n".join(cleaned(trimmed(expression)))


def flaw_of(expression: str) -> str | None:
    """Return why an expression, once written, would not be read as the same one; none if it would."""
    bare, text = trimmed(expression), written(expression)
    if text.split("\n") != [line.rstrip(BLANKS) for line in bare.split("\n")]:
        return "what follows a `#` in it would be a comment"
    if not text:
        return "it is empty"
    if _literals(text) != _literals(bare):
        return "blanks at the end of a line of a string would go"
    if body_of(f"{text}\n}}", 0) != Body(len(text) + 1, None):
        return "a brace or the start of a string that is not closed stands in it"
    return None


def _literals(text: str) -> list[str]:
    return [match["literal"] for match in _PIECE.finditer(text) if match["literal"]]
