"""What a question may bring along: a context, and relationships that count for it alone."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from authz_core.errors import EngineError, quoted
from authz_core.model.policy import Model
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Limits
from authz_core.relationships.relationship import Relationship
from authz_core.relationships.situation import Situation
from authz_core.validation.facts import validate_relationship

CONTEXTUAL: Final = 100
"""How many relationships one question may bring along, repeated ones counted each time."""


class InvalidSituation(EngineError):
    """A question brings along more relationships than it may, or a context that is none."""

    code = "invalid_situation"


def situation(
    model: Model,
    stored: Relationships,
    *,
    context: Mapping[str, object] | None = None,
    contextual: Iterable[Relationship] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen values are shared safely
) -> Situation:
    """Return what is true for one question: the stored facts, its context and its contextual relationships.

    Contextual relationships are validated like stored ones; one that repeats another, or a stored one, changes
    nothing, and of two that differ in the condition only the later one counts. Raises `InvalidSituation`, and for a
    relationship whatever `validate_relationship` raises.
    """
    brought = tuple(islice(contextual, CONTEXTUAL + 1))
    if len(brought) > CONTEXTUAL:
        raise InvalidSituation(f"a question brings along at most {CONTEXTUAL} relationships")
    for relationship in brought:
        validate_relationship(model, relationship)
    given = {} if context is None else context
    _validate_context(given)
    return Situation(stored, Relationships(brought, follow=stored.followed), dict(given), limits)


def _validate_context(context: object) -> None:
    if not isinstance(context, Mapping):
        raise InvalidSituation(f"the context is a {quoted(type(context).__name__)}, a mapping is wanted")
    for key in context:
        if not isinstance(key, str):
            raise InvalidSituation(f"the context has the key {quoted(str(key))}, which is no text")
