"""The strikes: each takes the right of a token away, and says what brings it back, or that nothing does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tests.linearizability.subjects import ACTION, HOME, Subject
from tests.linearizability.wire import in_form, in_json

_HERE: Final = "/organizations/{o}"
_GROUP_HOLDS: Final = f"{_HERE}/assignments?principal=group:g{{n}}%23member&role=org-r{{n}}&resource={HOME}"
_BY_HAND: Final = "/delegations/{dlg}"
_IN_ORGANIZATION: Final = "?organization={o}"
_ROLE: Final = f"{_HERE}/roles/org-r{{n}}"
_AGENT: Final = f"{_HERE}/agents/a{{n}}"

Step = Callable[[Subject], bytes]
"""A request about a subject."""


class Ends(Enum):
    """What is over for ever."""

    NOTHING = auto()
    TOKEN = auto()
    DELEGATION = auto()
    """And with it every token."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One way to take a right away."""

    name: str
    step: Step
    undoing: Step | None = None
    """None when a new delegation or a new token is all that there is to be had."""
    ends: Ends = Ends.NOTHING
    moves_organization: bool = True
    """Whether the revision in the answer is the organization's; else it is the platform's or the user's."""


def _manage(method: str, path: str, body: object = None) -> Step:
    return lambda subject: in_json(method, path.format(**subject.names), body, subject.administrator)


def _by_hand(method: str, verb: str = "") -> Step:
    path = f"{_BY_HAND}{verb}{_IN_ORGANIZATION}"
    return lambda subject: in_json(method, path.format(**subject.names), None, subject.hand)


def _role(*permissions: str) -> Step:
    return _manage("PUT", _ROLE, {"type": "workspace", "permissions": list(permissions)})


def _move(parent: str) -> Step:
    return _manage("PATCH", f"{_HERE}/resources/project:p{{n}}", {"parent": parent})


def _status(of: str, status: str) -> Step:
    return _manage("PATCH", of, {"status": status})


def _give_up(subject: Subject) -> bytes:
    return in_form("/revoke", {"token": subject.held.text}, subject.agent)


STRIKES: Final = (
    Strike("suspend, by hand", _by_hand("POST", "/suspend"), _by_hand("POST", "/resume")),
    Strike(
        "suspend, by an administrator",
        _manage("POST", f"{_HERE}{_BY_HAND}/suspend"),
        _manage("POST", f"{_HERE}{_BY_HAND}/resume"),
    ),
    Strike("revoke, by hand", _by_hand("DELETE"), ends=Ends.DELEGATION),
    Strike("revoke, by an administrator", _manage("DELETE", f"{_HERE}{_BY_HAND}"), ends=Ends.DELEGATION),
    Strike("give the token up", _give_up, ends=Ends.TOKEN, moves_organization=False),
    Strike("unassign the role", _manage("DELETE", _GROUP_HOLDS), _manage("PUT", _GROUP_HOLDS)),
    Strike(
        "leave the group",
        _manage("DELETE", f"{_HERE}/groups/g{{n}}/members/user:u{{n}}"),
        _manage("PUT", f"{_HERE}/groups/g{{n}}/members/user:u{{n}}"),
    ),
    Strike("move the project away", _move("workspace:sales"), _move(HOME)),
    Strike("narrow the role", _role("app:edit"), _role("app:edit", ACTION)),
    Strike(
        "deactivate the membership",
        _manage("PUT", f"{_HERE}/memberships/u{{n}}", {"active": False}),
        _manage("PUT", f"{_HERE}/memberships/u{{n}}", {"active": True}),
    ),
    Strike("lower the ceiling", _manage("PUT", _AGENT, {"ceiling": []}), _manage("PUT", _AGENT, {"ceiling": "none"})),
    Strike(
        "dismiss the agent",
        _manage("DELETE", _AGENT),
        _manage("PUT", _AGENT, {"ceiling": "none"}),
        ends=Ends.DELEGATION,
    ),
    Strike(
        "suspend the agent",
        _status("/agents/a{n}", "suspended"),
        _status("/agents/a{n}", "active"),
        moves_organization=False,
    ),
    Strike(
        "suspend the user",
        _status("/users/u{n}", "suspended"),
        _status("/users/u{n}", "active"),
        moves_organization=False,
    ),
)
