"""Small collections of names, packed: one name alone, a few in a tuple, many in a dict.

Most pairs of subject and object are joined by one relation and most objects have one parent, so the first form
is by far the commonest and costs nothing beyond the name. The order is that of insertion in every form.
"""

from collections.abc import Collection
from typing import TypeAlias, TypeVar

Name = TypeVar("Name", bound=str)

Bag: TypeAlias = Name | tuple[Name, ...] | dict[Name, None]

_FEW = 8


def members(bag: Bag[Name] | None) -> Collection[Name]:
    """Return what the bag holds, in the order of insertion; nothing for no bag."""
    if bag is None:
        return ()
    return (bag,) if isinstance(bag, str) else bag


def contains(bag: Bag[Name] | None, member: Name) -> bool:
    """Tell whether the bag holds the member."""
    # A name alone is compared whole: `in` would look for a part of it.
    return bag == member if isinstance(bag, str) else bag is not None and member in bag


def bag_with(bag: Bag[Name] | None, member: Name) -> Bag[Name]:
    """Return a bag that holds the new member too; the bag given is used up."""
    if bag is None:
        return member
    if isinstance(bag, dict):
        bag[member] = None
        return bag
    few = (*members(bag), member)
    return few if len(few) <= _FEW else dict.fromkeys(few)


def bag_without(bag: Bag[Name], member: Name) -> Bag[Name] | None:
    """Return a bag that lacks the member, or none when nothing is left; the bag given is used up."""
    if isinstance(bag, dict):
        bag.pop(member, None)
        return bag or None
    few = tuple(other for other in members(bag) if other != member)
    return few if len(few) > 1 else next(iter(few), None)
