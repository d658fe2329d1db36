"""What a file of tests asks, and what it expects: one question, one expected answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from delegation.policy.facts import Fact
from delegation.policy.faults import Fault, Place
from delegation.policy.models import PolicyModel


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a user has a relation on an object."""

    user: str
    relation: str
    object: str
    expected: bool


@dataclass(frozen=True, slots=True)
class ListObjects:
    """On which objects of a type a user has a relation."""

    user: str
    relation: str
    type: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Who of a form, `user` or `group#member`, has a relation on an object."""

    object: str
    relation: str
    form: str
    expected: tuple[str, ...]


Context = Mapping[str, object]
Question = Check | ListObjects | ListUsers


@dataclass(frozen=True, slots=True)
class Assertion:
    """A question with its context and the place that asks it."""

    question: Question
    context: Context
    place: Place


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """Assertions about the facts of all tests and its own."""

    name: str
    description: str
    facts: tuple[Fact, ...]
    assertions: tuple[Assertion, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A model with facts and tests, all of which mean something."""

    path: str
    name: str
    model: PolicyModel
    facts: tuple[Fact, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    warnings: tuple[Fault, ...] = ()
