"""On which types a bound may stand, where nobody says."""

from collections.abc import Iterator

from authz_core.model.analysis import Place, Types, parts, tupleset_types
from authz_core.model.rewrites import Computed, Direct, FromParent, Restriction, Rewrite


def delegable_types(types: Types) -> frozenset[str]:
    """Return the types that look like resources: something is held on them, and nothing is held by them.

    A type is taken for one of those who act, a person, a group or a role, as soon as some relation is for its objects
    or for the holders of a relation on them. Only to be named as a parent does not count: by a relation that is
    nothing but followed, things have their place beneath others, as a document in a folder. So a role that is reached
    by following looks like a resource too; who writes such a model says which types are delegable.
    """
    places = _Places(types)
    acting = {entry.type for place, entry in places.entries if place not in places.structural}
    return frozenset(type_ for type_, relations in types.items() if relations) - acting


class _Places:
    """The relations of a model: for whom they are, and which of them only give things their place."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self.entries: list[tuple[Place, Restriction]] = []
        followed: set[Place] = set()
        looked_at: set[Place] = set()
        for type_, relations in types.items():
            for relation, rewrite in relations.items():
                for part in parts(rewrite):
                    looked_at.update(self._looked_at(type_, part))
                    if isinstance(part, Direct):
                        self.entries.extend(((type_, relation), entry) for entry in part.restrictions)
                    if isinstance(part, FromParent):
                        followed.add((type_, part.tupleset))
        self.structural = followed - looked_at

    def _looked_at(self, type: str, part: Rewrite) -> Iterator[Place]:
        """Iterate over the relations whose holders the part lets in."""
        match part:
            case Computed(relation):
                yield type, relation
            case FromParent(relation, tupleset):
                yield from ((above, relation) for above in tupleset_types(self._types, type, tupleset))
            case Direct(restrictions):
                yield from ((entry.type, entry.relation) for entry in restrictions if entry.relation is not None)
            case _:
                pass
