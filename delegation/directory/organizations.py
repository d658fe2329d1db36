"""Commands on organizations, users and memberships."""

from typing import ClassVar

from typing_extensions import override

from authz_core import object_of
from delegation.audit import JSON
from delegation.authority.ending import on_user
from delegation.directory.command import Answer, Command, Id, Name, OrganizationCommand
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, Exists, NotPermitted, Unknown
from delegation.state.entities import Standing
from delegation.state.views import partition_of_organization, partition_of_user


class CreateOrganization(Command):
    """Create an organization and the root of its resource tree."""

    do: ClassVar[str] = "create-organization"
    id: Id
    name: Name = ""

    @property
    @override
    def organization_concerned(self) -> str | None:
        return self.id

    @override
    def draft(self, on: Draft) -> Answer:
        if on.view.organization is not None:
            kind = Exists if on.view.organization.active else Conflict
            raise kind(f"the name `{self.id}` was given before; choose another")
        partition = partition_of_organization(self.id)
        on.put(partition, "organizations", id=self.id, name=self.name, status=Standing.ACTIVE)
        on.put(partition, "resources", resource=f"organization:{self.id}", parent=None, name=self.name)
        return {"id": self.id, "name": self.name, "status": Standing.ACTIVE}


class DeleteOrganization(OrganizationCommand):
    """Delete an organization for ever: nothing in it can be asked or done again."""

    do: ClassVar[str] = "delete-organization"
    within_organization: ClassVar[bool] = False

    @override
    def draft(self, on: Draft) -> Answer:
        profile = on.organization.profiles[self.organization]
        on.put_here("organizations", **{**profile, "status": Standing.DELETED})
        return {
            "id": self.organization,
            "status": Standing.DELETED,
            "revoked": on.revoke(lambda _: True, lambda _: True),
        }


class CreateUser(Command):
    """Make a user known. What the user may do follows from memberships and assignments."""

    do: ClassVar[str] = "create-user"
    id: Id
    name: Name = ""

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return (self.id,)

    @override
    def draft(self, on: Draft) -> Answer:
        known = on.view.users.get(self.id)
        if known is not None:
            raise (Conflict if known.deleted else Exists)(f"the name `{self.id}` was given before; choose another")
        on.name("principal", self.id)
        on.put(partition_of_user(self.id), "users", id=self.id, name=self.name, status=Standing.ACTIVE)
        return {"id": self.id, "name": self.name, "status": Standing.ACTIVE}


class SetUserStatus(Command):
    """Suspend, resume or delete a user everywhere at once; deletion is for ever."""

    do: ClassVar[str] = "set-user-status"
    user: Id
    status: Standing

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return (self.user,)

    @override
    def draft(self, on: Draft) -> Answer:
        profile = user_row(on, self.user)
        on.put(partition_of_user(self.user), "users", **{**profile, "status": self.status})
        return {"id": self.user, "status": self.status}


class PutMembership(OrganizationCommand):
    """Make a user a member of an organization, or switch the membership on or off."""

    do: ClassVar[str] = "put-membership"
    user: Id
    active: bool = True

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return (self.user,)

    @override
    def draft(self, on: Draft) -> Answer:
        if self.user not in on.organization.memberships and not on.of_platform:
            raise NotPermitted("a new member is let in by an administrator of the platform")
        user_row(on, self.user)
        on.put_here("memberships", user=self.user, active=self.active)
        return {"organization": self.organization, "user": self.user, "active": self.active}


class RemoveMembership(OrganizationCommand):
    """End a membership: the user's assignments and group memberships go, delegations are revoked for ever."""

    do: ClassVar[str] = "remove-membership"
    user: Id

    @override
    def draft(self, on: Draft) -> Answer:
        if self.user not in on.organization.memberships:
            raise Unknown(f"`{self.user}` is no member of the organization")
        on.remove_here("memberships", user=self.user)
        on.forget(object_of("user", self.user))
        revoked = on.revoke(on_user(self.user), lambda policy: policy.author == self.user)
        return {"organization": self.organization, "user": self.user, "revoked": revoked}


def user_row(on: Draft, user: str) -> dict[str, JSON]:
    """Return a user's row. Raises Unknown when there is no such user or the user was deleted."""
    account = on.view.users.get(user)
    if account is None or account.profiles[user]["status"] == Standing.DELETED:
        raise Unknown(f"no user `{user}`")
    return dict(account.profiles[user])
