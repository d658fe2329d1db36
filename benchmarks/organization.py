"""The organization that is measured, as facts: a tree of four levels, users, nested groups, and who holds what where.

Anne may do what she may through two nested groups, by a role two levels above the project that she lets agents edit.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

WORKSPACE: Final = "workspace:w0"
PROJECT: Final = "project:w0-p0"
APP: Final = "w0-p0-a0"
ANNE: Final = "anne"
_ROLES: Final = {
    "workspace": ("workspace-member", "workspace-admin"),
    "project": ("project-editor", "project-viewer"),
    "app": ("app-viewer",),
}
_ROW: Final = 4
"""Groups that lie one in the next."""

Assignment: TypeAlias = tuple[str, str, str]
"""A principal, the role it holds, and the resource on which it holds it."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the organization is."""

    workspaces: int = 5
    projects: int = 4
    """In each workspace."""
    apps: int = 4
    """In each project."""
    users: int = 100
    groups: int = 20
    assignments: int = 2_000

    def resources(self) -> Iterator[tuple[str, str | None]]:
        """Yield each resource with its parent, parents first: four levels with the organization."""
        for w in range(self.workspaces):
            yield f"workspace:w{w}", None
            for p in range(self.projects):
                yield f"project:w{w}-p{p}", f"workspace:w{w}"
                for a in range(self.apps):
                    yield f"app:w{w}-p{p}-a{a}", f"project:w{w}-p{p}"

    def people(self) -> list[str]:
        """Return the users, Anne first."""
        return [ANNE, *(f"user{n}" for n in range(1, self.users))]

    def members(self) -> Iterator[tuple[str, str]]:
        """Yield each group with each of its members, a row of groups after the other; Anne is in the first group."""
        chance = random.Random(1)
        for n in range(self.groups):
            if n % _ROW:
                yield f"group{n}", f"group:group{n - 1}#member"
            for user in chance.sample(self.people()[1:], 5):
                yield f"group{n}", f"user:{user}"
        yield "group0", f"user:{ANNE}"

    def held(self) -> Iterator[Assignment]:
        """Yield who holds what where: the group of Anne's group first, then others."""
        yield "group:group1#member", "workspace-member", WORKSPACE
        chance = random.Random(2)
        resources = [resource for resource, _ in self.resources()]
        groups = [f"group:group{n}#member" for n in range(_ROW, self.groups)]
        principals = [*(f"user:{user}" for user in self.people()[1:]), *groups]
        for _ in range(self.assignments):
            resource = chance.choice(resources)
            yield chance.choice(principals), chance.choice(_ROLES[resource.partition(":")[0]]), resource
