"""The answer to one question of evaluation (AuthZEN 1.0): allowed, or denied with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

from delegation.client.errors import UnexpectedAnswer, printable
from delegation.client.issuer.json_text import JSON

_LONGEST_ID: Final = 256


class _Asked:
    """What has no truth value: every object else is true, and a bare `if` would allow everything."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("an answer is `Allowed` or `Denied`: ask which, by `isinstance` or `match`")


@dataclass(frozen=True, slots=True)
class Allowed(_Asked):
    """It may be done now; the answer is not to be kept."""

    revision: JSON


@dataclass(frozen=True, slots=True)
class Denied(_Asked):
    """It may not be done: a stable word why, a sentence for people, and the first term that said no."""

    reason: str
    detail: str
    failing: Mapping[str, JSON]
    revision: JSON


Answer: TypeAlias = Allowed | Denied


def answer_in(members: Mapping[str, JSON]) -> Answer:
    """Return what was decided; raises UnexpectedAnswer where nothing clearly was."""
    decision, context = members.get("decision"), members.get("context", {})
    if not isinstance(decision, bool) or not isinstance(context, Mapping):
        raise UnexpectedAnswer("`decision` is missing from the answer or is no truth value")
    revision, failing, error = context.get("revision"), context.get("failing"), context.get("error")
    if decision:
        return Allowed(revision)
    if isinstance(error, Mapping):  # A question of several that was none.
        return Denied("malformed", _words(error, "message"), {}, revision)
    return Denied(
        reason=_words(context, "reason") or "not_stated",
        detail=_words(context, "detail"),
        failing=failing if isinstance(failing, Mapping) else {},
        revision=revision,
    )


def resource_parts(reference: str) -> tuple[str, str] | None:
    """Return type and id of `type:id`; None if the text cannot be a reference to anything."""
    type_, _, id_ = reference.partition(":")
    if not type_ or not id_ or max(len(type_), len(id_)) > _LONGEST_ID or id_ == "*":
        return None
    if any(letter in ":#" or letter.isspace() or not letter.isprintable() for letter in type_ + id_):
        return None
    return type_, id_


def _words(context: Mapping[str, JSON], name: str) -> str:
    words = context.get(name)
    return printable(words) if isinstance(words, str) else ""
