"""Errors as values: they go from process to process, and tell no password."""

import copy
import pickle
from collections.abc import Callable
from datetime import timedelta

import pytest

from delegation.client import (
    AgentClient,
    AmbiguousDelegation,
    BudgetSpent,
    ClientError,
    ConsentRequired,
    InsufficientScope,
    RateLimited,
    Refused,
    Unavailable,
    UserToken,
    WrongTarget,
)
from delegation.client.errors import SubjectRefused, Widening, Widens

CANARY = "canary-k2m5"
WITH_USER = f"https://planner:{CANARY}@as.example"
ERRORS = [
    WrongTarget("no"),
    Unavailable("no", timedelta(seconds=3)),
    RateLimited("no", timedelta(seconds=3)),
    Refused("invalid_request", "no"),
    SubjectRefused("invalid_request", "no"),
    ConsentRequired("invalid_request", "no", "https://as.example/grant"),
    BudgetSpent("invalid_request", "no", "https://as.example/grant"),
    AmbiguousDelegation("invalid_request", "no", ["dlg_1", "dlg_2"]),
    Widens("widens", "no", [Widening("roles", ("editor",))]),
    InsufficientScope("no", permission="document:edit", resource=None, is_tokens=True),
]


def pickled(error: ClientError) -> ClientError:
    """Return what another process makes of an error."""
    other: ClientError = pickle.loads(pickle.dumps(error))  # noqa: S301 - written a moment ago
    return other


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("copied", [copy.copy, pickled])
def test_an_error_is_whole_in_another_process(error: ClientError, copied: Callable[[ClientError], ClientError]) -> None:
    """Pools of processes and queues of tasks hand errors on by copying them: class, words and all that they name."""
    other = copied(error)
    assert (type(other), str(other), other.args, vars(other)) == (type(error), str(error), error.args, vars(error))


def test_no_message_repeats_a_password_of_an_address() -> None:
    """An address with a user in it is refused without telling what stands before the `@`."""
    with pytest.raises(ClientError) as refused:
        AgentClient(WITH_USER, "planner", secret="s")
    agent = AgentClient("https://as.example", "planner", secret="s")
    with pytest.raises(WrongTarget) as wrong:
        agent.auth(UserToken("anne"), resource=WITH_USER, identifier="project:apollo", roles=["editor"])
    for caught in (refused, wrong):
        assert CANARY not in str(caught.value)
        assert "as.example" in str(caught.value)


@pytest.mark.anyio
async def test_a_look_up_repeats_no_password_either() -> None:
    """Nor where a service is looked up by such an address."""
    async with AgentClient("https://as.example", "planner", secret="s") as agent:
        with pytest.raises(WrongTarget) as caught:
            await agent.discover(WITH_USER)
    assert CANARY not in str(caught.value)
