"""Searches: who may do this here, where may this one do it, and what may this one do here (AuthZEN 1.0 §8)."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from authz_core import Allowed, Object, id_of, type_of
from delegation.authority.candidates import Candidates
from delegation.authority.reach import Found, decided, found, permissions_of
from delegation.authority.refusal import Refusal
from delegation.authzen.hearing import hear, hear_about, parsed_id, resource_of
from delegation.authzen.kinds import Kind, kind_of
from delegation.authzen.questions import ActionSearch, Part, ResourceSearch, SubjectSearch
from delegation.oauth.headers import Headers
from delegation.oauth.office import Office

LOOKS: Final = 1_000
"""Single decisions for one page at most: it may be short because of that, and the next one goes on from there."""


@dataclass(frozen=True, slots=True)
class Result:
    """A page of what was sought."""

    entities: tuple[Mapping[str, Any], ...]
    last: str | None
    """What was looked at last; None at the end."""


_NOTHING: Final = Result((), None)


class Search:
    """Answers the searches of services; what is unknown, or none of the service's business, has no results."""

    def __init__(self, office: Office) -> None:
        """Answer with the parts of an office."""
        self._office = office
        self._candidates = Candidates()

    async def resources(self, sought: ResourceSearch, headers: Headers) -> Result:
        """Return the resources of a type on which a subject may do something.

        Raises InvalidClient when the service does not authenticate, and StoreUnavailable.
        """
        hearing = await hear(self._office, (sought,), headers)
        standing = hearing.standing(sought)
        if isinstance(standing, Refusal) or isinstance(standing.who, Refusal):
            return _NOTHING
        world, who, now = standing.world, standing.who, hearing.now

        def holds(resource: str) -> bool:
            return isinstance(decided(world, who, sought.action, Object(resource), now), Allowed)

        candidates = self._candidates.of(world, who, sought.action, sought.type, now)
        page = _page(candidates, holds, sought.part, LOOKS)
        entities = ({"type": type_of(Object(name)), "id": id_of(Object(name))} for name in page.names)
        return Result(tuple(entities), page.last)

    async def actions(self, sought: ActionSearch, headers: Headers) -> Result:
        """Return what a subject may do to a resource. Raises what `resources` raises."""
        hearing = await hear(self._office, (sought,), headers)
        standing, resource = hearing.standing(sought), resource_of(sought.resource)
        if isinstance(standing, Refusal) or isinstance(standing.who, Refusal) or isinstance(resource, Refusal):
            return _NOTHING
        held = permissions_of(standing.world, standing.who, resource, hearing.now)
        page = _page(sorted(held), held.__contains__, sought.part, LOOKS)
        return Result(tuple({"name": name} for name in page.names), page.last)

    async def subjects(self, sought: SubjectSearch, headers: Headers) -> Result:
        """Return the subjects of a type that may do something to a resource. Raises what `resources` raises."""
        organization, resource = parsed_id(sought.organization), resource_of(sought.resource)
        hearing = await hear_about(self._office, organization, headers)
        if organization is None or isinstance(resource, Refusal):
            return _NOTHING
        people: frozenset[str] = frozenset()
        while (world := hearing.world(organization, sought.context)) is not None:
            kind = kind_of(sought.type, hearing, world)
            candidates = kind.candidates(sought.action, resource)
            first = bisect_right(candidates, sought.part.after or "")
            lacking = kind.people(candidates[first : first + sought.part.limit]) - people
            if not lacking:
                return _those_who_may(kind, candidates, sought, resource)
            # Whether somebody takes part is known of those alone whose pictures were asked for.
            people |= lacking
            hearing = await hearing.with_people(self._office, organization, people)
        return _NOTHING


def _those_who_may(kind: Kind, candidates: Sequence[str], sought: SubjectSearch, resource: Object) -> Result:
    page = _page(candidates, lambda name: kind.may(name, sought.action, resource), sought.part, sought.part.limit)
    return Result(tuple(kind.shown(name) for name in page.names), page.last)


def _page(candidates: Sequence[str], holds: Callable[[str], bool], part: Part, looks: int) -> Found:
    return found(candidates, holds, after=part.after or "", limit=part.limit, looks=looks)
