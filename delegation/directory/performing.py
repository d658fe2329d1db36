"""Performing a command: authorize, draft what would change, settle it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from authz_core import Allowed, EngineError, parse_id
from delegation.audit import JSON, Outcome, Record
from delegation.authority.effective import may
from delegation.directory.command import Answer, Command, Kind
from delegation.directory.draft import Actor, Draft
from delegation.directory.errors import Conflict, DirectoryError, NotPermitted, Unknown
from delegation.state.once import Once
from delegation.state.pictures import Pictures
from delegation.state.relationship_models import ADMINISTER as BY_RELATION
from delegation.state.views import View
from delegation.state.world import World
from delegation.store import Taken, Unit

BY_ROLE: Final = "organization:administer"
"""The permission of an organization's administrators; with a relationship model, it is a relation."""


class Directory:
    """Performs the commands of administrators."""

    def __init__(
        self, pictures: Pictures, *, clock: Callable[[], datetime], secret: Callable[[], str], tree_depth: int
    ) -> None:
        """Work on `pictures`; `secret` makes client secrets."""
        self._pictures = pictures
        self._clock = clock
        self._secret = secret
        self._tree_depth = tree_depth

    async def perform(self, command: Command, actor: Actor, *, once: Once[Answer] | None = None) -> Answer:
        """Make a command true, durably, with its audit record; return what the caller is told.

        With `once`, a command that was performed before is not performed again: its answer is told again.
        Raises DirectoryError when it is refused (nothing changed) and StoreUnavailable when it could not be written.
        """

        def permit(view: View) -> View:
            authorize(view, actor, command)
            return view

        def decide(view: View) -> tuple[Answer, Unit]:
            _refuse_other_kind(view, command)
            now = int(self._clock().timestamp())
            draft = Draft(view, actor, now, self._secret, self._tree_depth)
            answer = command.draft(draft)
            unit = draft.unit(self._record(command, actor, "changed", draft.noted))
            revision = {"revision": max(unit.revisions.values())} if unit.revisions else {}
            return {**answer, **revision}, unit

        people = {*command.users_concerned, *((actor.user,) if actor.user else ())}
        organization = command.organization_concerned
        try:
            return await self._pictures.settle(permit, decide, organization=organization, users=people, once=once)
        except EngineError as error:
            raise DirectoryError(str(error)) from error
        except NotPermitted as refusal:
            await self._pictures.note(self._record(command, actor, "refused", {"reason": str(refusal)}))
            raise
        except Taken as error:
            raise Conflict(f"the name `{error.key}` was given before; choose another") from error

    def _record(self, command: Command, actor: Actor, outcome: Outcome, noted: Mapping[str, JSON]) -> Record:
        commanded = command.model_dump(mode="json", exclude={"secret", "organization"})
        organization = command.organization_concerned
        return Record(self._clock(), command.do, outcome, actor.name, organization, {**commanded, **noted})


def authorize(view: View, actor: Actor, command: Command) -> None:
    """Refuse a command its actor may not give. Raises NotPermitted, and InvalidToken for who is no longer known."""
    actor.confirm(view)
    if _of_platform(view, actor):
        return
    if not command.within_organization:
        raise NotPermitted("this needs an administrator of the platform")
    # One answer for all organizations, whether they exist or not.
    if view.world is None or not _of_organization(view.world, actor):
        needed = BY_RELATION if view.platform.by_relationships else BY_ROLE
        raise NotPermitted(f"this needs `{needed}` on the organization `{command.organization_concerned}`")


def _refuse_other_kind(view: View, command: Command) -> None:
    """Refuse a command that makes no sense with the kind of model that the deployment has. Raises Conflict."""
    kind = Kind.RELATIONSHIPS if view.platform.by_relationships else Kind.CATALOG
    if command.only_with not in {None, kind}:
        raise Conflict(f"the model of this deployment is made of {kind}: `{command.do}` makes no sense here")


async def authorize_reading(pictures: Pictures, actor: Actor, organization: str) -> World:
    """Return an organization's world for an administrator to read. Raises Unknown and NotPermitted."""
    people = (actor.user,) if actor.user else ()
    view = await pictures.view(organization=parse_id(organization), users=people)
    actor.confirm(view)
    world = view.world
    if world is None or not (_of_platform(view, actor) or _of_organization(world, actor)):
        raise Unknown("no such organization, or it is not yours to administer")
    return world


async def authorize_overseeing(pictures: Pictures, actor: Actor) -> None:
    """Refuse who does not administer the platform as a whole. Raises NotPermitted."""
    view = await pictures.view(users=(actor.user,) if actor.user else ())
    actor.confirm(view)
    if not _of_platform(view, actor):
        raise NotPermitted("this needs an administrator of the platform")


def _of_platform(view: View, actor: Actor) -> bool:
    if actor.user is None:
        return True
    if actor.within is not None:
        return False
    account = view.users.get(actor.user)
    return account is not None and account.active and actor.user in view.platform.administrators


def _of_organization(world: World, actor: Actor) -> bool:
    if actor.user is None:
        return True
    if actor.within not in {None, world.organization.id}:
        return False
    needed = BY_RELATION if world.by_relationships else BY_ROLE
    return isinstance(may(world, actor.user, needed, world.organization.root), Allowed)
