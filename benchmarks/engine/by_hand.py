"""The same facts in dicts made for one kind of question, and the walk that one would write over them."""

from collections.abc import Iterable

from authz_core import Model, Relationship


class Hand:
    """What a program without an engine would keep, and do."""

    def __init__(self, model: Model, facts: Iterable[Relationship]) -> None:
        self.contained = {slug: role.permissions for slug, role in model.roles.items()}
        self.parent: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.held: dict[str, dict[str, list[str]]] = {}
        for subject, relation, thing, _ in facts:
            if relation == "parent":
                self.parent[thing] = subject
            elif relation == "member":
                self.groups.setdefault(subject, []).append(f"{thing}#member")
            else:
                self.held.setdefault(subject, {}).setdefault(thing, []).append(relation)

    def check(self, user: str, permission: str, thing: str) -> bool:  # noqa: C901 - calls would only make it slower
        """Tell whether a role that the user or one of its groups holds here or above contains the permission."""
        principals = [user]
        for principal in principals:
            for group in self.groups.get(principal, ()):
                if group not in principals:
                    principals.append(group)
        maps = [self.held[principal] for principal in principals if principal in self.held]
        node: str | None = thing
        while node is not None:
            for held in maps:
                roles = held.get(node)
                if roles is not None:
                    for role in roles:
                        if permission in self.contained[role]:
                            return True
            node = self.parent.get(node)
        return False

    def above(self, thing: str) -> list[str]:
        """Return the resource and those above it, nearest first."""
        line = [thing]
        while (parent := self.parent.get(line[-1])) is not None:
            line.append(parent)
        return line
