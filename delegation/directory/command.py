"""The form of a command: what an administrator may ask over HTTP, on the command line or in a seed file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from typing_extensions import override

from authz_core import EngineError, Object, Subject, parse_id, parse_object, parse_subject
from delegation.directory.draft import Draft

_STEERING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _id(text: str) -> str:
    try:
        parsed = parse_id(text)
    except EngineError as error:
        raise ValueError(str(error)) from error
    if "/" in parsed:
        raise ValueError("must not contain `/`: it could not be named in a path")
    return parsed


def _object(text: str) -> Object:
    try:
        return parse_object(text)
    except EngineError as error:
        raise ValueError(str(error)) from error


def _subject(text: str) -> Subject:
    try:
        return parse_subject(text)
    except EngineError as error:
        raise ValueError(str(error)) from error


def _words(text: str) -> str:
    if any(category(character) in _STEERING or character in _TURNING for character in text):
        raise ValueError("must be one line without control characters")
    return text


Id = Annotated[str, AfterValidator(_id)]
ObjectText = Annotated[str, AfterValidator(_object)]
SubjectText = Annotated[str, AfterValidator(_subject)]
Words = Annotated[str, AfterValidator(_words)]
"""Text for people: any language, one line, nothing that steers a terminal or turns the direction of the text."""
Name = Annotated[Words, Field(max_length=200)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
PermissionSlug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:._*-]{0,47}$")]

Answer = Mapping[str, Any]


class Kind(StrEnum):
    """What a deployment's model is made of. The words are those of the refusals."""

    CATALOG = "roles on a tree of resources"
    RELATIONSHIPS = "relationships"


class Command(BaseModel, ABC):
    """One change an administrator may ask for. A subclass says what it needs and what it would change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    do: ClassVar[str]
    """The command's name in seed files, on the command line and, as the audit action, in the log."""
    within_organization: ClassVar[bool] = False
    """Whether an administrator of the organization concerned may give it, beside those of the platform."""
    only_with: ClassVar[Kind | None] = None
    """The kind of model without which it makes no sense; None where it does with each."""

    @property
    def organization_concerned(self) -> str | None:
        """The organization whose picture the command needs; None for a matter of the platform."""
        return None

    @property
    def users_concerned(self) -> tuple[str, ...]:
        """The users whose pictures the command needs."""
        return ()

    @abstractmethod
    def draft(self, on: Draft) -> Answer:
        """Write down what would change and return what the caller is told.

        Raises DirectoryError, or EngineError where the engine refuses what is asked.
        """


class OrganizationCommand(Command):
    """A command within one organization: its administrators may give it too."""

    within_organization: ClassVar[bool] = True
    organization: Id

    @property
    @override
    def organization_concerned(self) -> str | None:
        """The organization named."""
        return self.organization
