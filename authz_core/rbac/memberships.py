"""Where the roles of a membership come from, and which of them count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from authz_core.rbac.catalog import ROOT
from authz_core.rbac.organization import OrganizationRoles

NO_ROLES: frozenset[str] = frozenset()


class RoleSource(StrEnum):
    """What gives a membership its roles at organization level; all but `GROUP` from strongest to weakest."""

    DIRECTORY = "directory"
    SIGN_IN = "sign_in"
    MANUAL = "manual"
    DEFAULT = "default"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class MembershipRoles:
    """What each source says of one membership, as it said it last.

    `directory` and `sign_in` are the roles to which the member's groups there are explicitly mapped; none means the
    default role, which overrides nothing. A manual change over a mapping counts until the mapping is applied again:
    till then, its source is among the `overridden`. `group` are the roles given to groups of the organization.
    """

    directory: frozenset[str] = NO_ROLES
    sign_in: frozenset[str] = NO_ROLES
    manual: frozenset[str] = NO_ROLES
    group: frozenset[str] = NO_ROLES
    overridden: frozenset[RoleSource] = frozenset()

    def after_directory_event(self, mapped: Iterable[str]) -> "MembershipRoles":
        """Return the roles after the directory has spoken: it replaces what it said before."""
        return replace(self, directory=frozenset(mapped), overridden=self.overridden - {RoleSource.DIRECTORY})

    def after_sign_in(self, mapped: Iterable[str]) -> "MembershipRoles":
        """Return the roles after a sign-in: it replaces what the one before said."""
        return replace(self, sign_in=frozenset(mapped), overridden=self.overridden - {RoleSource.SIGN_IN})

    def after_manual_change(self, roles: Iterable[str]) -> "MembershipRoles":
        """Return the roles after somebody has set them by hand: they count at once."""
        overridden = frozenset({RoleSource.DIRECTORY, RoleSource.SIGN_IN})
        return replace(self, manual=frozenset(roles), overridden=overridden)

    def strongest(self) -> tuple[RoleSource, frozenset[str]]:
        """Return the source that counts beside groups, and the roles that it gives."""
        for source, mapped in ((RoleSource.DIRECTORY, self.directory), (RoleSource.SIGN_IN, self.sign_in)):
            if mapped:
                stands = not self.manual or source not in self.overridden
                # A sign-in has no say where the directory maps explicitly, even while a manual change stands over it.
                return (source, mapped) if stands else (RoleSource.MANUAL, self.manual)
        return (RoleSource.MANUAL, self.manual) if self.manual else (RoleSource.DEFAULT, NO_ROLES)


class EffectiveRole(NamedTuple):
    """A role that a membership has, and from where."""

    slug: str
    sources: tuple[RoleSource, ...]


def mapped_roles(mapping: Mapping[str, Iterable[str]], groups: Iterable[str]) -> frozenset[str]:
    """Return the roles to which these groups of an identity provider are explicitly mapped."""
    return frozenset(role for group in groups for role in mapping.get(group, ()))


def effective_roles(roles: OrganizationRoles, membership: MembershipRoles) -> tuple[EffectiveRole, ...]:
    """Return the roles of the membership at organization level, highest priority first; at least one.

    The first is the singular role. Where a membership has a single role, it is the only one. A role that does not
    exist in the organization, or is held on other resources, is passed over.
    """
    source, given = membership.strongest()
    found = [role.slug for role in roles.by_priority(given | membership.group) if role.type == ROOT]
    if not found:
        return (EffectiveRole(roles.default, (RoleSource.DEFAULT,)),)
    by = ((source, given), (RoleSource.GROUP, membership.group))
    held = tuple(EffectiveRole(slug, tuple(each for each, slugs in by if slug in slugs)) for slug in found)
    return held if roles.environment.multiple else held[:1]


def after_group_change(roles: OrganizationRoles, membership: MembershipRoles, group: Iterable[str]) -> MembershipRoles:
    """Return the membership after its groups, or the roles given to them, have changed.

    Where a membership has a single role and owed it to a group alone, losing it resets the member: what had been
    set by hand before does not come back.
    """
    changed = replace(membership, group=frozenset(group))
    singular = effective_roles(roles, membership)[0]
    lost = singular.sources == (RoleSource.GROUP,) and singular.slug not in changed.group
    return replace(changed, manual=NO_ROLES) if lost and not roles.environment.multiple else changed
