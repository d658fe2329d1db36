"""A place between the tokens of a statement, and what is wrong when something else stands there."""

from authz_core.errors import quoted
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.statements import Statement
from authz_core.language.tokens import OPERATORS, Token, is_identifier, is_name, is_reserved, is_word

OPERATOR = "`or`, `and` or `but not` with one blank between its words"


class Cursor:
    """Reads a statement from left to right; whatever it does not find raises `InvalidDocument`."""

    def __init__(self, statement: Statement) -> None:
        """Stand before the first token."""
        self._tokens = statement
        self._next = 0

    @property
    def here(self) -> Token:
        """The token that comes next; at the end, always the end."""
        return self._tokens[min(self._next, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self.here
        self._next += 1
        return token

    def accepts(self, text: str) -> bool:
        """Step over the next token if it is the given one, and tell whether it was."""
        if self.here.text != text:
            return False
        self._next += 1
        return True

    def accepts_glued(self, text: str) -> bool:
        """Do so only if the token follows the one before without a blank."""
        return self.here.glued and self.accepts(text)

    def expect(self, text: str, expected: str | None = None) -> Token:
        """Step over the given token; what else could stand here may be said."""
        if self.here.text != text:
            raise self.wrong(expected or quoted(text))
        return self.take()

    def name(self, expected: str) -> Token:
        """Step over the name of a type or relation."""
        if not is_name(self.here.text):
            raise self._misnamed(expected, "`_`, `-`, and singly `.` and `/`")
        return self.take()

    def identifier(self, expected: str) -> Token:
        """Step over the name of a condition, parameter or module."""
        if not is_identifier(self.here.text):
            raise self._misnamed(expected, "`_` and `-`")
        return self.take()

    def operator(self) -> str | None:
        """Step over an operator, which has blanks around it, and return it; none if the operands end here."""
        text = self.here.text
        if text not in OPERATORS:
            return None
        if self.here.glued:
            raise self.wrong(f"a blank before {quoted(text)}")
        self._next += 1
        if self.here.glued:
            raise self.wrong(f"a blank after {quoted(text)}")
        return text

    def end(self, expected: str = "the end of the line") -> None:
        """Stand at the end of the statement."""
        if self.here.text:
            raise self.wrong(expected)

    def wrong(self, expected: str) -> InvalidDocument:
        """Return the error that something else is expected here."""
        return InvalidDocument(unexpected(self.here, expected))

    def _misnamed(self, expected: str, marks: str) -> InvalidDocument:
        text = self.here.text
        if is_reserved(text):
            return self.wrong(f"{expected} ({quoted(text)} is a word of the language)")
        return self.wrong(f"{expected} (letters, digits, {marks})" if is_word(text) else expected)


def unexpected(token: Token, expected: str) -> Fault:
    """Return the fault that a token stands where something else is expected."""
    found = quoted(token.text) if token.text else "end of line"
    return Fault("syntax-error", f"unexpected {found}", token.at, token.text, expected)
