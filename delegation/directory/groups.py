"""Commands on groups: sets of members, which may be groups."""

from typing import ClassVar

from typing_extensions import override

from authz_core import Relationship, Subject, object_of, parse_subject, type_of, userset_of, validate_relationship
from delegation.directory.command import Answer, Id, Kind, Name, OrganizationCommand, SubjectText
from delegation.directory.draft import Draft
from delegation.directory.errors import DirectoryError, Exists, Unknown


class CreateGroup(OrganizationCommand):
    """Create a group without members."""

    do: ClassVar[str] = "create-group"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    id: Id
    name: Name = ""

    @override
    def draft(self, on: Draft) -> Answer:
        if self.id in on.organization.groups:
            raise Exists(f"the group `{self.id}` exists already")
        on.name(f"{self.organization}:group", self.id)
        on.put_here("groups", id=self.id, name=self.name)
        return {"organization": self.organization, "id": self.id, "name": self.name}


class DeleteGroup(OrganizationCommand):
    """Delete a group: what its members held through it is lost at once, and policies for them end."""

    do: ClassVar[str] = "delete-group"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    id: Id

    @override
    def draft(self, on: Draft) -> Answer:
        _known(on, self.id)
        group = object_of("group", self.id)
        on.remove_here("groups", id=self.id)
        for fact in list(on.organization.facts.by_object(group)):
            on.remove_here("group_members", group=self.id, member=fact.subject)
        on.forget(userset_of(group, "member"))
        revoked = on.revoke(lambda _: False, lambda policy: policy.group == self.id)
        return {"organization": self.organization, "id": self.id, "revoked": revoked}


class AddGroupMember(OrganizationCommand):
    """Add a user, an agent or another group's members (`group:b#member`) to a group."""

    do: ClassVar[str] = "add-group-member"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    group: Id
    member: SubjectText

    @override
    def draft(self, on: Draft) -> Answer:
        _known(on, self.group)
        group = object_of("group", self.group)
        fact = Relationship(parse_subject(self.member), "member", group)
        validate_relationship(on.world.model, fact)
        on.known_principal(fact.subject)
        reached = _reached_from(on, userset_of(group, "member"))
        if fact.subject in reached:
            raise DirectoryError(f"`{self.member}` contains the group `{self.group}`; groups nest, but not in a circle")
        on.must_hold_roles_of(reached)
        if fact not in on.organization.facts:
            on.put_here("group_members", group=self.group, member=self.member)
        return {"organization": self.organization, "group": self.group, "member": self.member}


class RemoveGroupMember(OrganizationCommand):
    """Take a member out of a group."""

    do: ClassVar[str] = "remove-group-member"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    group: Id
    member: SubjectText

    @override
    def draft(self, on: Draft) -> Answer:
        group = object_of("group", self.group)
        if Relationship(parse_subject(self.member), "member", group) not in on.organization.facts:
            raise Unknown(f"`{self.member}` is not in the group `{self.group}`")
        on.remove_here("group_members", group=self.group, member=self.member)
        return {"organization": self.organization, "group": self.group, "member": self.member}


def _known(on: Draft, group: str) -> None:
    if group not in on.organization.groups:
        raise Unknown(f"no group `{group}` in the organization")


def _reached_from(on: Draft, members: Subject) -> list[Subject]:
    """Return the members of a group and of every group that contains it: all that a new member becomes."""
    reached: list[Subject] = []
    waiting = [members]
    while waiting:
        current = waiting.pop()
        if current in reached:
            continue
        reached.append(current)
        facts = on.organization.facts.by_subject(current)
        containing = (fact.object for fact in facts if type_of(fact.object) == "group")
        waiting.extend(userset_of(group, "member") for group in containing)
    return reached
