"""Commands that give agents and services other credentials than they had, without a moment in which neither works."""

from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from delegation.audit import JSON
from delegation.directory.command import Answer, Command, Id
from delegation.directory.draft import Draft
from delegation.directory.keys import AgentKeys, AgentKeysAddress
from delegation.state.entities import Agent, Service
from delegation.tokens import hash_secret

Secret = Annotated[str, Field(min_length=32, max_length=200)]
Overlap = Annotated[int, Field(ge=0, le=30 * 86_400)]
_DAY: Final = 86_400


class CreateAgentCredentials(Command):
    """Give an agent other credentials; beside a new secret the old one stays good for a while."""

    do: ClassVar[str] = "create-agent-credentials"
    id: Id
    jwks: AgentKeys | None = None
    jwks_uri: AgentKeysAddress | None = None
    secret: Literal[True] | Secret | None = None
    """`true` has one generated and shown once; a given one must have at least 32 characters."""
    keep_previous: Overlap = _DAY
    """Seconds that the old secret stays good beside a new one; 0 ends it at once."""
    dpop_bound: bool | None = None
    """Whether the agent gets tokens bound to a key alone (RFC 9449 §5.2); left as it is when not given."""

    @model_validator(mode="after")
    def _something_to_change(self) -> Self:
        given = sum(each is not None for each in (self.jwks, self.jwks_uri, self.secret))
        if given > 1 or (given == 0 and self.dpop_bound is None):
            raise ValueError("give one of `jwks`, `jwks_uri` and `secret`, or `dpop_bound`")
        return self

    @override
    def draft(self, on: Draft) -> Answer:
        agent = on.agent(self.id)
        row: dict[str, Any] = {name: getattr(agent, name) for name in agent.__slots__}
        if self.dpop_bound is not None:
            row["dpop_bound"] = self.dpop_bound
        shown: dict[str, JSON] = {}
        if self.secret is not None:
            secret = on.secret() if self.secret is True else self.secret
            row |= {"jwks": None, "jwks_uri": None, **_rotated(agent, secret, on.now, self.keep_previous)}
            shown = {"client_secret": secret} if self.secret is True else {}
        elif self.jwks is not None or self.jwks_uri is not None:
            row |= {"jwks": self.jwks, "jwks_uri": self.jwks_uri, **_no_secret()}
        on.put_platform("agents", **row)
        return {"id": self.id, "client_id": self.id, **_until(row), **shown}


class CreateServiceSecret(Command):
    """Give a service another secret; the old one stays good for a while."""

    do: ClassVar[str] = "create-service-secret"
    id: Id
    secret: Literal[True] | Secret = True
    keep_previous: Overlap = _DAY
    """Seconds that the old secret stays good beside the new one; 0 ends it at once."""

    @override
    def draft(self, on: Draft) -> Answer:
        service = on.service(self.id)
        secret = on.secret() if self.secret is True else self.secret
        row: dict[str, Any] = {name: getattr(service, name) for name in service.__slots__}
        row |= _rotated(service, secret, on.now, self.keep_previous)
        on.put_platform("services", **row)
        shown = {"client_secret": secret} if self.secret is True else {}
        return {"id": self.id, "client_id": self.id, **_until(row), **shown}


def _rotated(party: Agent | Service, secret: str, now: int, kept: int) -> dict[str, JSON]:
    # Of more than two secrets nobody would know which are still in use.
    if party.secret_hash is None or kept == 0:
        return {**_no_secret(), "secret_hash": hash_secret(secret)}
    return {
        "secret_hash": hash_secret(secret),
        "previous_secret_hash": party.secret_hash,
        "previous_secret_until": now + kept,
    }


def _no_secret() -> dict[str, JSON]:
    return {"secret_hash": None, "previous_secret_hash": None, "previous_secret_until": None}


def _until(row: dict[str, Any]) -> dict[str, JSON]:
    until = row["previous_secret_until"]
    return {} if until is None else {"previous_secret_until": until}
