"""What services ask: may this subject do this to this resource; and who, what, or which of them may."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource as the service names it."""

    type: str
    """Of a subject `token`, whose id is an access token, `delegation`, or a type of principal."""
    id: str


@dataclass(frozen=True, slots=True)
class Question:
    """Whether this subject may do this to this resource."""

    subject: Entity
    action: str
    resource: Entity
    organization: str | None
    """Where the resource is; needless for a token, which says it itself."""
    context: Mapping[str, object] = field(default_factory=dict)
    """What the service brings along for the conditions of a model."""

    @property
    def explain(self) -> bool:
        """Whether the answer tells hop by hop how it comes about."""
        return self.context.get("explain") is True


@dataclass(frozen=True, slots=True)
class Faulty:
    """An item of a batch that is no question."""

    status: int
    message: str


class Semantic(StrEnum):
    """How far a batch is worked through."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several questions that are answered in one go, and in their order."""

    items: tuple[Question | Faulty, ...]
    semantic: Semantic = Semantic.EXECUTE_ALL

    @property
    def questions(self) -> tuple[Question, ...]:
        """The items that are questions."""
        return tuple(item for item in self.items if isinstance(item, Question))


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a result is wanted."""

    limit: int
    after: str | None = None
    """What was looked at last; None from the beginning."""


@dataclass(frozen=True, slots=True)
class SubjectSearch:
    """Which subjects of a type may do this to this resource."""

    type: str
    action: str
    resource: Entity
    organization: str | None
    part: Part
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceSearch:
    """The resources of a type to which this subject may do this."""

    subject: Entity
    action: str
    type: str
    organization: str | None
    part: Part
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionSearch:
    """What this subject may do to this resource."""

    subject: Entity
    resource: Entity
    organization: str | None
    part: Part
    context: Mapping[str, object] = field(default_factory=dict)


Asked: TypeAlias = Question | ResourceSearch | ActionSearch
"""Whatever is asked about a subject that is named."""
