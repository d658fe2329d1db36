"""The forms in which administrators name relationships: one of them, or those that have something in common."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from authz_core import EngineError, parse_object, parse_relation, parse_subject
from delegation.directory.admissions import Seconds
from delegation.directory.command import ObjectText, Slug, SubjectText
from delegation.state.relationships import Name, Sought

_LONGEST: Final = 1_500
"""Octets that object, relation and subject have together at most: a database finds them by all three."""


def _relation(text: str) -> str:
    try:
        return parse_relation(text)
    except EngineError as error:
        raise ValueError(str(error)) from error


RelationText = Annotated[str, AfterValidator(_relation)]


class Named(BaseModel):
    """One relationship by what tells it from others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    object: ObjectText
    relation: RelationText
    subject: SubjectText

    @property
    def name(self) -> Name:
        """Object, relation and subject."""
        return self.object, self.relation, self.subject

    @model_validator(mode="after")
    def _short(self) -> Self:
        if len("".join(self.name).encode()) > _LONGEST:
            raise ValueError(f"object, relation and subject have more than {_LONGEST} octets together")
        return self


class Written(Named):
    """One relationship as it is to be, perhaps on a condition, perhaps for a time."""

    condition: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    context: dict[str, Any] | None = None
    """What is fixed of the condition's parameters; it wins over what a question brings along."""
    until: Seconds | None = None
    """When it ends, in epoch seconds; from then on it counts for nothing."""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.condition is None and self.context is not None:
            raise ValueError("a `context` belongs to a `condition`")
        return self


class Filter(BaseModel):
    """Relationships by what they have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    object: ObjectText | None = None
    object_type: Slug | None = None
    relation: RelationText | None = None
    subject: SubjectText | None = None

    def sought(self) -> Sought:
        """Return what is sought."""
        return Sought(
            None if self.object is None else parse_object(self.object),
            self.object_type,
            self.relation,
            None if self.subject is None else parse_subject(self.subject),
        )


class Precondition(Filter):
    """What must be so, or must not, for anything to be changed: of an object or of a subject."""

    must: Literal["exist", "not_exist"]

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.object is None and self.subject is None:
            raise ValueError("name an `object` or a `subject`")
        return self
