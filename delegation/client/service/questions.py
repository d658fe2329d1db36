"""What a service asks of decisions (AuthZEN 1.0), as the wire wants it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON
from delegation.client.service.answers import Answer, Denied, answer_in, resource_parts
from delegation.client.service.delegated_caller import DelegatedCaller


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody of an organization: a `user`, a `group`, an `agent` by roles of its own, or a `delegation`."""

    type: str
    id: str
    organization: str


Who: TypeAlias = DelegatedCaller | Principal
"""Whom a question is about: the bearer of a token, or a principal."""


class Until(StrEnum):
    """How far several questions are worked through."""

    ALL = "execute_all"
    DENIED = "deny_on_first_deny"
    """Up to the first denial, itself included."""
    ALLOWED = "permit_on_first_permit"
    """Up to the first permission, itself included."""


def subject_of(who: Who) -> dict[str, JSON]:
    """Return somebody as a subject."""
    if isinstance(who, DelegatedCaller):
        return {"type": "token", "id": who.token}
    return {"type": who.type, "id": who.id}


def resource_in(organization: str, reference: str) -> dict[str, JSON] | None:
    """Return a resource `type:id` of an organization; None if the text cannot be a reference to anything."""
    parts = resource_parts(reference)
    if parts is None:
        return None
    return {**resources_in(organization, parts[0]), "id": parts[1]}


def resources_in(organization: str, type: str) -> dict[str, JSON]:
    """Return the resources of a type in an organization."""
    return {"type": type, "properties": {"organization": organization}}


def action_of(permission: str) -> dict[str, JSON]:
    """Return a permission as an action."""
    return {"name": permission}


def answers_in(members: Mapping[str, JSON], asked: int, until: Until) -> tuple[Answer, ...]:
    """Return what was decided about so many questions; raises UnexpectedAnswer where that is not clear."""
    told = members.get("evaluations")
    decided = [answer_in(each) for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []
    if not isinstance(told, list) or len(decided) != len(told) or not _is_whole(decided, asked, until):
        raise UnexpectedAnswer("the answers are not those to the questions")
    return tuple(decided)


def _is_whole(decided: list[Answer], asked: int, until: Until) -> bool:
    """Tell whether as many questions were answered as `until` says."""
    if len(decided) == asked:
        return True
    last = isinstance(decided[-1], Denied) if decided else None
    return len(decided) < asked and last is not None and until is (Until.DENIED if last else Until.ALLOWED)
