"""A replica: the pictures of one organization, taken over from what is told whenever that is everything there is.

Invariant: what can be seen is one state in which the issuer was. Whatever is told goes into drafts, and all drafts
are taken over at once when everything told before is said to be current: decisions never mix what was true at
different moments, as a role that is gone with permissions that it got later.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from authz_core import EngineError
from delegation.edge.drafts import (
    Draft,
    Log,
    Put,
    apply,
    blank,
    change_in,
    number,
    partition_in,
    revision_in,
    user_in,
    whole,
)
from delegation.edge.errors import Contradictory
from delegation.edge.events import Event
from delegation.edge.replicated import Replicated
from delegation.edge.shapes import USER, shape_of
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.views import partition_of_organization
from delegation.tokens import JSON, InvalidKey, Memory, PublicRing, public_ring

_LONGEST: Final = 1_073_741_824
"""Bytes that are told between two moments at which everything is current, at most."""
_LONGEST_CHAIN: Final = 64


class Replica:
    """What was told of one organization."""

    def __init__(self, organization: str, memory: Memory, rows: int) -> None:
        """Know nothing. No more than so many rows are held, as often again while they are told anew.

        `memory` is of the tokens that were read.
        """
        self.organization = organization
        self._own = partition_of_organization(organization)
        self._memory = memory
        self._most = rows
        self._known: dict[str, Log] = {}
        self._users: Mapping[str, User] = {}
        self.forget_drafts()
        self.seen: Replicated | None = None
        """What was current last; None where that is not known."""

    def forget_drafts(self) -> None:
        """Forget what was told since everything was current last."""
        self._drafts: dict[str, Draft] = {}
        self._people: dict[str, User] | None = None
        self._rows = self._bytes = 0

    def forget(self) -> None:
        """Forget everything."""
        self.forget_drafts()
        self._known = {}
        self._users = {}
        self.seen = None

    def hear(self, event: Event) -> bool:
        """Take in what was told, and return whether it says that everything is current.

        Raises Contradictory, after which the replica is to forget everything.
        """
        try:
            return self._take_in(event)
        except (EngineError, InvalidKey, ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            # A row has the right columns, and what stands in them is no status, no reference, no bound.
            raise Contradictory("a row, a model or a key is told that means nothing") from error

    def _take_in(self, event: Event) -> bool:
        self._bytes += event.size
        if self._bytes > _LONGEST:
            raise Contradictory("more is told at once than can be taken in")
        match event.name:
            case "begin":
                self._begin(event.body)
            case "rows":
                self._take_rows(event.body)
            case "whole":
                self._begun(partition_in(event.body)).is_whole = True
            case "entry":
                self._follow(event.body)
            case "users":
                self._take_users(event.body)
            case "current":
                self._take_over(event.body.get("heads"), event.body.get("users"))
                return True
            case _:
                raise Contradictory("something is told that this release does not know")
        return False

    def _begin(self, body: Mapping[str, JSON]) -> None:
        partition = partition_in(body)
        begun = blank(partition, self.organization)
        self._drafts[partition] = Draft(revision_in(body), begun, is_whole=False)
        self._count(1)

    def _begun(self, partition: str) -> Draft:
        draft = self._drafts.get(partition)
        if draft is None or draft.is_whole:
            raise Contradictory("rows are told of what was not begun")
        return draft

    def _take_rows(self, body: Mapping[str, JSON]) -> None:
        partition, rows = partition_in(body), body.get("rows")
        draft, (table, shape) = self._begun(partition), shape_of(partition, body.get("table"))
        if not isinstance(rows, list):
            raise Contradictory("rows are told that are none")
        self._count(len(rows))
        for row in rows:
            draft.take(Put(table, shape.row(row)))

    def _follow(self, body: Mapping[str, JSON]) -> None:
        partition, changes = partition_in(body), body.get("changes")
        known, draft = self._known.get(partition), self._drafts.get(partition)
        if draft is None and known is not None:
            draft = self._drafts[partition] = Draft(known.revision)
        if draft is None or not draft.is_whole or revision_in(body) != draft.revision + 1:
            raise Contradictory("an entry is told that does not follow what is known")
        if not isinstance(changes, list):
            raise Contradictory("an entry is told that is none")
        self._count(len(changes))
        for told in changes:
            draft.take(change_in(partition, told))
        draft.revision += 1

    def _take_users(self, body: Mapping[str, JSON]) -> None:
        rows, over, anew = body.get("rows"), body.get("over"), body.get("anew")
        if not isinstance(rows, list) or not isinstance(over, list) or not isinstance(anew, bool):
            raise Contradictory("users are told of that are none")
        if anew or self._people is None:
            self._people = {} if anew else {**self._users}
        self._count(len(rows))
        for name in over:
            self._people.pop(str(name), None)
        for row in rows:
            user = user_in(USER.row(row))
            self._people[user.id] = user

    def _count(self, rows: int) -> None:
        self._rows += rows
        if self._rows > self._most:
            raise Contradictory(f"more than {self._most} rows are told")

    def _take_over(self, heads: JSON, users: JSON) -> None:
        """Let everything that was told be seen, if it leads exactly to these heads and to so many users."""
        if not isinstance(heads, dict) or heads.keys() != {PARTITION, self._own}:
            raise Contradictory("it is not told how far everything is")
        if not all(draft.is_whole for draft in self._drafts.values()):
            raise Contradictory("what was begun was not told whole")
        for partition, draft in self._drafts.items():
            self._known[partition] = _with(draft, self._known.get(partition))
        revisions = {name: picture.revision for name, picture in self._known.items()}
        people = self._users if self._people is None else self._people
        if revisions != {name: whole(head) for name, head in heads.items()} or len(people) != number(users):
            raise Contradictory("what was told does not lead to where everything is")
        self._users = people
        if self._drafts or self._people is not None or self.seen is None:
            self.seen = self._replicated()
        self.forget_drafts()

    def _replicated(self) -> Replicated:
        platform, organization = self._known[PARTITION], self._known[self._own]
        if not isinstance(platform, Platform) or not isinstance(organization, Organization):
            raise Contradictory("a partition is not what it is called")
        if sum(sum(map(len, log.tables.values())) for log in self._known.values()) + len(self._users) > self._most:
            raise Contradictory(f"there are more than {self._most} rows")
        _refuse_broken_chains(organization, self._touched(organization))
        organization.model(platform.model)  # Nobody has to wait for it later.
        return Replicated(platform, organization, self._users, self._ring(platform))

    def _ring(self, platform: Platform) -> PublicRing:
        rows, seen = list(platform.keys.values()), self.seen
        # Where the keys are the same they are the same object, and by them it is remembered what they signed.
        if seen is not None and seen.ring.rows == rows:
            return seen.ring
        return public_ring(rows, self._memory)

    def _touched(self, organization: Organization) -> Iterable[str]:
        draft = self._drafts.get(self._own)
        if draft is None or draft.begun is not None:
            return () if draft is None else organization.delegations
        puts = (change for change in draft.changes if isinstance(change, Put) and change.table == "delegations")
        return {str(change.row["id"]) for change in puts}


def _with(draft: Draft, known: Log | None) -> Log:
    picture = known if draft.begun is None else draft.begun
    if picture is None:
        raise Contradictory("an entry is told that follows nothing")
    if draft.begun is None:
        apply(picture, draft.changes)
    picture.revision = draft.revision
    return picture


def _refuse_broken_chains(organization: Organization, delegations: Iterable[str]) -> None:
    """Raise Contradictory unless from each delegation its chain leads to one without a parent."""
    known = organization.delegations
    for name in delegations:
        link = known.get(name)
        for _ in range(_LONGEST_CHAIN):
            if link is None or link.parent is None:
                break
            link = known.get(link.parent)
        if link is None or link.parent is not None:
            raise Contradictory("a chain of delegations is told that leads nowhere")
