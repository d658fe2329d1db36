"""Commands on the resource tree and on who holds which role where."""

from typing import ClassVar

from typing_extensions import override

from authz_core import (
    InvalidPlacement,
    Object,
    Relationship,
    parse_object,
    parse_subject,
    place,
    type_of,
    validate_relationship,
)
from delegation.audit import JSON
from delegation.authority.ending import dependent, on_resources
from delegation.directory.command import Answer, Kind, Name, ObjectText, OrganizationCommand, Slug, SubjectText
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, Exists, Unknown


class CreateResource(OrganizationCommand):
    """Create a resource below its parent (the organization itself when none is named)."""

    do: ClassVar[str] = "create-resource"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    resource: ObjectText
    parent: ObjectText | None = None
    name: Name = ""

    @override
    def draft(self, on: Draft) -> Answer:
        resource, parent = parse_object(self.resource), _parent(on, self.parent)
        if resource in on.organization.resources:
            raise Exists(f"the resource `{resource}` exists already")
        if type_of(resource) not in {t.slug for t in on.view.platform.catalog.types}:
            raise InvalidPlacement(f"`{type_of(resource)}` is no resource type")
        place(on.world.model, on.organization.facts, resource, parent, max_depth=on.tree_depth)
        on.name(f"{self.organization}:resource", resource)
        on.put_here("resources", resource=resource, parent=parent, name=self.name)
        return _shown(on, resource, parent, self.name)


class MoveResource(OrganizationCommand):
    """Move a resource and all beneath it below another parent: access follows the tree at once.

    Whoever holds a role above the new place comes to hold it here; you must hold what that gives.
    """

    do: ClassVar[str] = "move-resource"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    resource: ObjectText
    parent: ObjectText

    @override
    def draft(self, on: Draft) -> Answer:
        resource, parent = _known(on, self.resource), _parent(on, self.parent)
        place(on.world.model, on.organization.facts, resource, parent, max_depth=on.tree_depth)
        row = on.organization.resources[resource]
        before, after = _upwards(on, row["parent"]), _upwards(on, parent)
        _must_hold_what_arrives(on, resource, after - before)
        on.noted["reach_shrank"] = _rooted_at(on, before - after)
        on.noted["reach_grew"] = _rooted_at(on, after - before)
        on.put_here("resources", **{**row, "parent": parent})
        return {**_shown(on, resource, parent, row["name"]), **on.noted}


class DeleteResource(OrganizationCommand):
    """Delete a resource; with `cascade` also all beneath it, their assignments and the delegations rooted there."""

    do: ClassVar[str] = "delete-resource"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    resource: ObjectText
    cascade: bool = False

    @override
    def draft(self, on: Draft) -> Answer:
        resource = _known(on, self.resource)
        if resource == on.organization.root:
            raise Conflict("the root goes with its organization; delete the organization")
        doomed = _subtree(on, resource)
        assigned = [
            fact for object_ in doomed for fact in on.organization.facts.by_object(object_) if fact.relation != "parent"
        ]
        # An environment role that was deleted left its assignments behind: they give nothing and keep nothing alive.
        held = [fact for fact in assigned if fact.relation in on.world.model.roles]
        if not self.cascade and (len(doomed) > 1 or held):
            raise Conflict("the resource has children or assignments; remove them first or ask for cascade")
        for object_ in doomed:
            on.remove_here("resources", resource=object_)
        for fact in assigned:
            on.remove_here("assignments", principal=fact.subject, role=fact.relation, resource=fact.object)
        revoked = on.revoke(on_resources(frozenset(doomed)), lambda policy: policy.resource in doomed)
        return {"organization": self.organization, "deleted": sorted(doomed), "revoked": revoked}


class Assign(OrganizationCommand):
    """Let a user, an agent or a group's members hold a role on a resource; you must hold what it contains."""

    do: ClassVar[str] = "assign"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    principal: SubjectText
    role: Slug
    resource: ObjectText

    @override
    def draft(self, on: Draft) -> Answer:
        fact = _assignment(on, self)
        on.known_principal(fact.subject)
        _known(on, self.resource)
        validate_relationship(on.world.model, fact)
        on.must_hold(on.world.model.roles[self.role].permissions, fact.object)
        if fact not in on.organization.facts:
            on.put_here("assignments", principal=self.principal, role=self.role, resource=self.resource)
        return self.model_dump()


class Unassign(OrganizationCommand):
    """Take a role on a resource away; what followed from it is lost at once."""

    do: ClassVar[str] = "unassign"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    principal: SubjectText
    role: Slug
    resource: ObjectText

    @override
    def draft(self, on: Draft) -> Answer:
        if _assignment(on, self) not in on.organization.facts:
            raise Unknown(f"`{self.principal}` does not hold `{self.role}` on `{self.resource}`")
        on.remove_here("assignments", principal=self.principal, role=self.role, resource=self.resource)
        return self.model_dump()


def _assignment(on: Draft, command: Assign | Unassign) -> Relationship:
    if command.role not in on.world.model.roles:
        raise Unknown(f"no role `{command.role}` in the organization")
    return Relationship(parse_subject(command.principal), command.role, parse_object(command.resource))


def _known(on: Draft, resource: str) -> Object:
    known = parse_object(resource)
    if known not in on.organization.resources:
        raise Unknown(f"no resource `{resource}` in the organization")
    return known


def _parent(on: Draft, parent: str | None) -> Object:
    return on.organization.root if parent is None else _known(on, parent)


def _upwards(on: Draft, resource: Object | None) -> frozenset[Object]:
    """Return a resource and all above it."""
    found = set()
    while resource is not None:
        found.add(resource)
        resource = on.organization.resources[resource]["parent"]
    return frozenset(found)


def _must_hold_what_arrives(on: Draft, resource: Object, above: frozenset[Object]) -> None:
    roles = on.world.model.roles
    held = {fact.relation for object_ in above for fact in on.organization.facts.by_object(object_)}
    on.must_hold({slug for role in held & roles.keys() for slug in roles[role].permissions}, resource)


def _rooted_at(on: Draft, resources: frozenset[Object]) -> list[JSON]:
    """Return the delegations, not revoked, that are rooted at one of these."""
    return [*(delegation.id for delegation in dependent(on.organization, on_resources(resources)))]


def _subtree(on: Draft, root: Object) -> list[Object]:
    """Return a resource and all beneath it, parents before children."""
    found = [root]
    for object_ in found:
        found.extend(on.organization.facts.children(object_))
    return found


def _shown(on: Draft, resource: Object, parent: Object, name: str) -> Answer:
    return {"organization": on.organization.id, "resource": resource, "parent": parent, "name": name}
