"""The forms of AuthZEN questions, searches and their answers. Members that nobody knows are ignored everywhere."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel

from delegation.authzen import questions
from delegation.authzen.evaluation import MOST
from delegation.authzen.questions import Question, Semantic
from delegation.web.oauth_shapes import Decision

_Text = Annotated[str, Field(min_length=1, max_length=16_384)]
PARTS: Final[tuple[str, ...]] = ("subject", "action", "resource", "context")
"""The members of a question; above a list of questions each is the default of all."""


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Properties(_Lenient):
    """What a service says of a resource besides its name."""

    organization: _Text | None = None
    """Where it is; a token says it itself."""


class Kind(_Lenient):
    """What is sought: a type. An id beside it is ignored."""

    type: _Text


class Entity(Kind):
    """A subject: a `token`, a `delegation` or a principal."""

    id: _Text
    properties: dict[str, Any] = Field(default_factory=dict)

    def entity(self) -> questions.Entity:
        """Return type and id."""
        return questions.Entity(self.type, self.id)


class ResourceKind(Kind):
    """What is sought: resources of a type, in an organization."""

    properties: Properties = Properties()


class Resource(ResourceKind):
    """A resource, in an organization."""

    id: _Text

    def entity(self) -> questions.Entity:
        """Return type and id."""
        return questions.Entity(self.type, self.id)


class Action(_Lenient):
    """A permission."""

    name: _Text


class EvaluationRequest(_Lenient):
    """Whether this subject may do this to this resource; `explain: true` in the context asks how that comes about."""

    subject: Entity
    action: Action
    resource: Resource
    context: dict[str, Any] = Field(default_factory=dict)

    def question(self) -> Question:
        """Return the question."""
        return Question(
            subject=self.subject.entity(),
            action=self.action.name,
            resource=self.resource.entity(),
            organization=self.resource.properties.organization,
            context=self.context,
        )


class Options(_Lenient):
    """How a list of questions is worked through."""

    evaluations_semantic: Semantic = Semantic.EXECUTE_ALL


class EvaluationsRequest(_Lenient):
    """Several questions: the parts above the list are the defaults of each, and each part of its own replaces one."""

    evaluations: Annotated[list[Any], Field(max_length=MOST)] = []
    options: Options = Options()


class PageRequest(_Lenient):
    """Which page of the results is wanted."""

    token: Annotated[str, Field(max_length=4096)] = ""
    """The `next_token` of the page before."""
    limit: Annotated[int, Field(ge=1)] | None = None


class _SearchRequest(_Lenient):
    context: dict[str, Any] = Field(default_factory=dict)
    page: PageRequest = PageRequest()


class SubjectSearchRequest(_SearchRequest):
    """Which users, groups, agents or delegations may do this to this resource."""

    subject: Kind
    action: Action
    resource: Resource


class ResourceSearchRequest(_SearchRequest):
    """The resources of a type to which this subject may do this."""

    subject: Entity
    action: Action
    resource: ResourceKind


class ActionSearchRequest(_SearchRequest):
    """What this subject may do to this resource."""

    subject: Entity
    resource: Resource


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decisions(_Told):
    """The answers to several questions, in their order."""

    evaluations: list[Decision]


class OneOrSeveral(RootModel[Decisions | Decision]):
    """The answers; or the one answer, where no list of questions was sent."""


class PageTold(_Told):
    """Where the results go on; an empty token is the end."""

    next_token: str


class Found(_Told):
    """A page of what was sought: subjects, resources or actions."""

    results: list[dict[str, Any]]
    page: PageTold
