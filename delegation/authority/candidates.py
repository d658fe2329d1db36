"""Candidates: long lists of what can be reached, made once for all pages of a search."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from weakref import ref

from authz_core import Object
from delegation.authority.reach import Who, listed, terms_of
from delegation.state.world import World

_SHORT: Final = 500
"""A list of so many is made again as soon as it is found again."""
_NAMES: Final = 200_000
"""Names that are kept of all lists together."""


class Candidates:
    """The lists that were made last. They only propose: whether something holds is decided each time.

    Invariant: a list follows from its name alone, which has the terms, as they are now, and the revisions of all facts.
    What changes has another name. Where a model has conditions, a list follows from more than that, and none is kept.
    """

    def __init__(self, names: int = _NAMES) -> None:
        """Keep lists of so many names together."""
        self._names = self._room = names
        self._lists: OrderedDict[tuple[object, ...], Sequence[Object]] = OrderedDict()

    def of(self, world: World, who: Who, permission: str, type: str, now: int) -> Sequence[Object]:
        """Return the resources of a type, in order, beyond which the permission is held on none."""
        terms = terms_of(world, who, now)
        if world.model.conditions:
            return listed(world, terms, permission, type)
        name = (*_facts_of(world), terms, permission, type)
        known = self._lists.get(name)
        if known is not None:
            self._lists.move_to_end(name)
            return known
        made = listed(world, terms, permission, type)
        if _SHORT < len(made) <= self._names:
            self._keep(name, made)
        return made

    def _keep(self, name: tuple[object, ...], made: Sequence[Object]) -> None:
        self._lists[name] = made
        self._room -= len(made)
        while self._room < 0:
            self._room += len(self._lists.popitem(last=False)[1])


def _facts_of(world: World) -> tuple[object, ...]:
    """Return what tells all facts from those of any other moment, relationships that ended by themselves among them.

    The picture itself is a part of it: one that was made anew after a restoration may come to the same revisions.
    """
    organization = world.organization
    return ref(organization), organization.revision, world.platform.revision, len(organization.relationships.over)
