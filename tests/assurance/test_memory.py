"""What is remembered makes answers cheaper, and no others."""

from collections import UserDict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from typing_extensions import override

from authz_core import Denied, Reason, Relationships, Subject
from authz_core.evaluation.solving import Solver
from authz_core.evaluation.walking import Walk
from authz_core.relationships.closures import Came, Closures, contained_in
from tests.authz_core.agreement import answered
from tests.authz_core.condition_worlds import conditional_rbac_world, conditional_world
from tests.authz_core.general_worlds import general_world
from tests.authz_core.rbac_worlds import rbac_world
from tests.authz_core.worlds import World

WORLDS = 60

pytestmark = [pytest.mark.threat(each) for each in ("E1", "E2", "E4")]


class Oblivious(UserDict[Any, Any]):
    """A memory that keeps nothing."""

    @override
    def __setitem__(self, key: object, value: object) -> None:
        """Forget it at once."""


def without(owner: type, *memories: str) -> Callable[..., None]:
    """The beginning of something that will remember nothing."""
    original = owner.__init__  # type: ignore[misc]  # every class has one, only its parameters are not known

    def begin(self: object, *arguments: object) -> None:
        original(self, *arguments)
        for memory in memories:
            assert getattr(self, memory) == {}
            setattr(self, memory, Oblivious())

    return begin


def anew(self: Closures, subject: Subject) -> Came:
    """The groups of a subject, put together at each question."""
    return contained_in(self._memberships, {subject: None})


@pytest.mark.parametrize("draw", [general_world, rbac_world, conditional_world, conditional_rbac_world])
def test_nothing_remembered_changes_no_answer(draw: Callable[[Random], World], monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the same, reasons and proofs aside, whether or not anything is remembered on the way to them."""
    worlds = [draw(Random(seed)) for seed in range(WORLDS)]
    questions = [(world, Relationships(world.facts), question) for world in worlds for question in world.questions]
    with_memory = [answered(*each) for each in questions]
    monkeypatch.setattr(Solver, "__init__", without(Solver, "_known"))
    monkeypatch.setattr(Walk, "__init__", without(Walk, "_found", "_failed"))
    monkeypatch.setattr(Closures, "of", anew)
    without_memory = [answered(*each) for each in questions]

    pairs = list(zip(with_memory, without_memory, strict=True))
    told = [(one, other) for one, other in pairs if other != Denied(Reason.TOO_COMPLEX, "more than 50000 steps")]
    assert len(told) > 0.99 * len(pairs)
    assert [(one, other) for one, other in told if type(one) is not type(other)] == []
    assert [(one, other) for one, other in told if isinstance(one, Denied) and one != other] == []
