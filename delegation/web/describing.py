"""What a route is, said where the route is: the OpenAPI document and the pages made from it know nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from delegation.directory.ending import Taking
from delegation.web.cursors import MOST, USUAL

Endpoint = Callable[[Request], Awaitable[Response]]
JSONSchema = Mapping[str, Any]


class Tag(StrEnum):
    """The surface that a route belongs to; a section of the documentation."""

    OAUTH = "OAuth"
    DELEGATIONS = "Delegations"
    DECISIONS = "Decisions"
    MANAGEMENT = "Management"
    KEYS = "Keys and metadata"
    HEALTH = "Health and documentation"
    DEVELOPMENT = "Development"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller."""

    schemes: tuple[str, ...]
    """The names of the security schemes, any of which will do."""
    refusals: frozenset[int]
    """The statuses of the refusals that it may meet."""


_READING: Final = frozenset({"GET", "HEAD"})
_TO_BEARERS: Final = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 503})
_TO_CLIENTS: Final = frozenset({400, 401, 413, 429, 503})


class Caller(Enum):
    """Who may ask."""

    ANYBODY = Kind((), frozenset({503}))
    PERSON = Kind(("person",), _TO_BEARERS)
    ADMINISTRATOR = Kind(("administrator", "bootstrap"), _TO_BEARERS)
    AGENT = Kind(("client", "assertion"), _TO_CLIENTS)
    SERVICE = Kind(("client",), _TO_CLIENTS)
    AGENT_BY_JSON = Kind(("client", "assertion"), _TO_BEARERS)
    """An agent that authenticates as at the token endpoint, and is told of refusals as all but OAuth's clients are."""
    PERSON_OR_AGENT = Kind(("person", "client", "assertion"), _TO_BEARERS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    meaning: str
    schema: JSONSchema = field(default_factory=lambda: {"type": "string"})
    required: bool = False


ORGANIZATION: Final = Parameter("organization", "The organization that the request is about.", required=True)
LIMIT: Final = Parameter(
    "limit", "Things on the page at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
)
CURSOR: Final = Parameter("cursor", "The `next` of the page before; without it, the list begins.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one method of one address does, as programs and people have to know it."""

    tag: Tag
    caller: Caller
    answers: Mapping[int, type[BaseModel] | JSONSchema]
    """The form of each success."""
    query: tuple[Parameter, ...] = ()
    body: type[BaseModel] | JSONSchema | None = None
    """The form of a JSON body."""
    form: type[BaseModel] | None = None
    """The form of a body of application/x-www-form-urlencoded; errors of such a route are those of OAuth."""
    body_required: bool = True
    example: Mapping[str, Any] | None = None
    """A body that is right."""
    refusals: frozenset[int] | None = None
    """Statuses of refusals, where they are not those that such a caller usually meets."""
    media_type: str = "application/json"
    """The media type of successes."""
    repeatable: bool = False
    """Whether it takes an `Idempotency-Key`."""
    prefers: bool = False
    """Whether it takes a preference of staleness."""
    proves: bool = False
    """Whether it takes a proof of possession, and answers one with a nonce for the next."""
    taking: Taking | None = None
    """Whether it takes rights away, so that there is room for it when there is none for others; None where it reads."""
    words: str | None = None
    """What it does; the docstring of the endpoint unless given."""

    def refused_with(self) -> frozenset[int]:
        """Return the statuses of its refusals."""
        return self.caller.value.refusals if self.refusals is None else self.refusals


class Described(Route):
    """A route of one method that says what it is."""

    def __init__(self, method: str, path: str, endpoint: Endpoint, operation: Operation) -> None:
        """Answer at a path with an endpoint. Raises ValueError where it is not said whether it takes rights away."""
        if (method in _READING) is not (operation.taking is None):
            raise ValueError(f"`{method} {path}` has to say whether it takes rights away")
        super().__init__(path, endpoint, methods=[method], name=f"{method} {path}")
        self.method = method
        self.operation = operation

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises what the endpoint raises: the door turns it into an answer."""
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        response: Response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    @property
    def words(self) -> str:
        """What it does, in a sentence or more."""
        return self.operation.words or self.endpoint.__doc__ or ""
