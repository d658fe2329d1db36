"""The main job, step by step: what is done, and what must come of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from examples.walk.cast import Cast
from examples.walk.words import ORGANIZATION, Words


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


@dataclass(frozen=True, slots=True)
class _Deeds:
    """What is done in the steps that take more than one line, in the words of one kind of model."""

    words: Words

    @property
    def work(self) -> str:
        """The task that begins the agent's work."""
        return f"work in {ORGANIZATION} on {self.words.place} as {self.words.role}"

    @property
    def edit(self) -> str:
        """The task of editing the document, but for the text."""
        return f"edit {self.words.document}"

    def grant(self, cast: Cast) -> str:
        return cast.anne.grant(resource=self.words.place, roles=[self.words.role])

    def start_work(self, cast: Cast) -> str:
        return cast.planner(f"take user-token {cast.anne.token()}", self.work)

    def lose_role(self, cast: Cast) -> str:
        cast.administrator.change(self.words.taken)
        return cast.planner(f"{self.edit} Ship in June")

    def regain_role(self, cast: Cast) -> str:
        cast.administrator.change(self.words.given)
        return cast.planner(f"{self.edit} Ship in June")

    def work_alone(self, cast: Cast) -> str:
        return cast.planner(f"take receipt {cast.anne.receipt}", self.work, f"{self.edit} Ship in July")

    def revoke(self, cast: Cast) -> str:
        ended = cast.anne.revoke()
        return f"{ended}; then planner is {cast.planner(f'{self.edit} Ship in August')}"


def story(words: Words) -> tuple[Step, ...]:
    """Return the steps in the words of one kind of model."""
    deeds = _Deeds(words)
    return (*_let_and_limited(deeds), *_lost_and_ended(deeds))


def _let_and_limited(deeds: _Deeds) -> Iterator[Step]:
    words = deeds.words
    yield Step(f"Anne lets `planner` be {words.role} on {words.place} for 30 minutes", deeds.grant, "granted")
    yield Step("planner gets a token for that, on behalf of Anne", deeds.start_work, "done", words.permission)
    yield Step(
        f"planner edits a document in {words.holder}, which lies beneath {words.place}",
        lambda cast: cast.planner(f"{deeds.edit} Ship in May"),
        "done",
    )
    yield Step(
        f"planner tries the same in {words.foreign.split()[0]}, beneath the sibling {words.beside}",
        lambda cast: cast.planner(f"edit {words.foreign} Ship in May"),
        "refused 403",
        "the user could grant more",
    )
    yield Step(
        "planner tries to delete the document: Anne may, but the role it holds may not",
        lambda cast: cast.planner(f"delete {words.document}"),
        "refused 403",
        "the user could grant more",
    )
    yield Step(
        f"planner asks for more than it was granted: the whole {words.more.split(':')[0]}",
        lambda cast: cast.planner(f"work in {ORGANIZATION} on {words.more}"),
        "refused invalid_authorization_details",
        "beyond",
    )


def _lost_and_ended(deeds: _Deeds) -> Iterator[Step]:
    yield Step(
        "Anne loses her role: planner's very next call, with the same token, is refused",
        deeds.lose_role,
        "refused invalid_authorization_details",
        "is effective",
    )
    yield Step("Anne's role is restored: the call works again", deeds.regain_role, "done")
    yield Step("Anne goes offline: planner works on by the receipt she left it", deeds.work_alone, "done")
    yield Step(
        "Anne revokes: planner's token is dead, and so is the receipt",
        deeds.revoke,
        "revoked",
        "then planner is refused invalid_request: the delegation is revoked",
    )
    yield Step(
        "nor does it help that Anne is back: there is nothing in force any more",
        deeds.start_work,
        "refused invalid_request: the delegation is revoked",
    )
    yield Step("Anne grants the same again: a new delegation", deeds.grant, "granted")
    yield Step(
        "the old token stays dead: it belongs to the delegation that was revoked",
        lambda cast: cast.planner(f"replay {deeds.edit} Ship in August"),
        "refused 401",
    )
    yield Step(
        "under the new delegation planner gets a new token, and works",
        lambda cast: cast.planner(deeds.work, f"{deeds.edit} Ship in September"),
        "done",
    )
