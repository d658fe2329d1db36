"""The main job, step by step: what is done, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from examples.walk.cast import Cast

EDIT: Final = "edit app:storefront roadmap"
WORK: Final = "work in acme on project:apollo as project-editor"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; what happens must begin with `outcome` and contain `reason`."""

    title: str
    act: Callable[[Cast], str]
    outcome: str
    reason: str = ""

    def went_well(self, happened: str) -> bool:
        """Return whether it happened as it must."""
        return happened.startswith(self.outcome) and self.reason in happened

    @property
    def expected(self) -> str:
        """What must happen, in words."""
        return f"{self.outcome} ... {self.reason}" if self.reason else self.outcome


def _start_work(cast: Cast) -> str:
    return cast.planner(f"take user-token {cast.anne.token()}", WORK)


def _lose_role(cast: Cast) -> str:
    cast.administrator.take_role()
    return cast.planner(f"{EDIT} Ship in June")


def _regain_role(cast: Cast) -> str:
    cast.administrator.give_role()
    return cast.planner(f"{EDIT} Ship in June")


def _work_alone(cast: Cast) -> str:
    return cast.planner(f"take receipt {cast.anne.receipt}", WORK, f"{EDIT} Ship in July")


def _revoke(cast: Cast) -> str:
    ended = cast.anne.revoke()
    return f"{ended}; then planner is {cast.planner(f'{EDIT} Ship in August')}"


def _try_user_token(cast: Cast) -> str:
    return cast.planner(f"take user-token {cast.anne.token()}", WORK)


STORY: Final = (
    Step(
        "Anne lets `planner` be project-editor on project:apollo for 30 minutes",
        lambda cast: cast.anne.grant(),
        "granted",
    ),
    Step(
        "planner gets a token for that, on behalf of Anne",
        _start_work,
        "done",
        "document:edit",
    ),
    Step(
        "planner edits a document in app:storefront, which lies beneath project:apollo",
        lambda cast: cast.planner(f"{EDIT} Ship in May"),
        "done",
    ),
    Step(
        "planner tries the same in app:billing, beneath the sibling project:zeus",
        lambda cast: cast.planner("edit app:billing roadmap Ship in May"),
        "refused 403",
        "the user could grant more",
    ),
    Step(
        "planner tries to delete the document: Anne may, but the role it holds may not",
        lambda cast: cast.planner("delete app:storefront roadmap"),
        "refused 403",
        "the user could grant more",
    ),
    Step(
        "planner asks for more than it was granted: the whole workspace",
        lambda cast: cast.planner("work in acme on workspace:design as workspace-member"),
        "refused invalid_authorization_details",
        "beyond",
    ),
    Step(
        "Anne loses her role: planner's very next call, with the same token, is refused",
        _lose_role,
        "refused invalid_authorization_details",
        "is effective",
    ),
    Step("Anne's role is restored: the call works again", _regain_role, "done"),
    Step("Anne goes offline: planner works on by the receipt she left it", _work_alone, "done"),
    Step(
        "Anne revokes: planner's token is dead, and so is the receipt",
        _revoke,
        "revoked",
        "then planner is refused invalid_request: the delegation is revoked",
    ),
    Step(
        "nor does it help that Anne is back: there is nothing in force any more",
        _try_user_token,
        "refused invalid_request: the delegation is revoked",
    ),
    Step(
        "Anne grants the same again: a new delegation",
        lambda cast: cast.anne.grant(),
        "granted",
    ),
    Step(
        "the old token stays dead: it belongs to the delegation that was revoked",
        lambda cast: cast.planner(f"replay {EDIT} Ship in August"),
        "refused 401",
    ),
    Step(
        "under the new delegation planner gets a new token, and works",
        lambda cast: cast.planner(WORK, f"{EDIT} Ship in September"),
        "done",
    ),
)
