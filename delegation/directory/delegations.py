"""Commands of administrators on delegations: end one for ever, suspend it, resume it."""

from collections.abc import Callable
from typing import ClassVar

from typing_extensions import override

from delegation.authority.ending import CannotChange, resumed, revoked, suspended
from delegation.directory.command import Answer, OrganizationCommand
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, Unknown
from delegation.state.entities import Delegation


class RevokeDelegation(OrganizationCommand):
    """End a delegation for ever, with everything below it."""

    do: ClassVar[str] = "revoke-delegation"
    id: str

    @override
    def draft(self, on: Draft) -> Answer:
        return _change(on, self.id, lambda known: revoked(known, by=on.actor.name, now=on.now))


class SuspendDelegation(OrganizationCommand):
    """Make a delegation, and everything below it, worth nothing until it is resumed."""

    do: ClassVar[str] = "suspend-delegation"
    id: str

    @override
    def draft(self, on: Draft) -> Answer:
        return _change(on, self.id, lambda known: suspended(known, by=on.actor.name, now=on.now))


class ResumeDelegation(OrganizationCommand):
    """Bring a suspended delegation back, unless it was revoked meanwhile."""

    do: ClassVar[str] = "resume-delegation"
    id: str

    @override
    def draft(self, on: Draft) -> Answer:
        return _change(on, self.id, lambda known: resumed(known, by=on.actor.name))


def _change(on: Draft, id: str, change: Callable[[Delegation], Delegation]) -> Answer:
    known = on.organization.delegations.get(id)
    if known is None:
        raise Unknown(f"no delegation `{id}` in the organization")
    try:
        changed = change(known)
    except CannotChange as error:
        raise Conflict(str(error)) from error
    if changed != known:
        on.put_here("delegations", **changed.row())
        on.note_below([changed])
    return {"organization": on.organization.id, **changed.row()}
