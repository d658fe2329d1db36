"""What is true while one question is answered: the stored facts, and what the question brings along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Limits

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Stored relationships with the context and the contextual relationships of one question.

    Made by `situation`, which refuses relationships that do not fit the model. Contextual relationships count like
    stored ones, and one takes the place of a stored one that differs in the condition only.
    """

    stored: Relationships
    contextual: Relationships = field(default_factory=Relationships)
    context: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    limits: Limits = field(default_factory=Limits)
