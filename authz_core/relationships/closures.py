"""The usersets that contain a subject, directly or through others, remembered until a membership changes.

They are facts put together, not answers: whether a membership counts is asked of the model at each question.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from authz_core.references import Subject, Userset
from authz_core.relationships.bags import Bag
from authz_core.relationships.limits import WORK_LIMIT, Exhausted

Came: TypeAlias = Mapping[Subject, Subject | None]
"""Each principal, in the order of discovery → the one that it directly contains, or none for a first principal."""

_REMEMBERED: Final = 65_536
"""How many subjects and usersets are remembered together; beyond, all are forgotten."""


class Closures:
    """Answers which usersets contain a subject, by memberships that are changed elsewhere."""

    __slots__ = ("_known", "_memberships", "_room")

    def __init__(self, memberships: Mapping[Subject, Bag[Userset]]) -> None:
        self._memberships = memberships
        self._known: dict[Subject, Came] = {}
        self._room = _REMEMBERED

    def __len__(self) -> int:
        """Return how many subjects are remembered."""
        return len(self._known)

    def forget(self) -> None:
        """Remember nothing; called whenever a membership has changed."""
        self._known = {}
        self._room = _REMEMBERED

    def of(self, subject: Subject) -> Came:
        """Return the subject and all that contains it; raise `Exhausted` where that is more than a question may see."""
        # What a change in another thread makes obsolete meanwhile is kept where nobody looks any more.
        remembered = self._known
        known = remembered.get(subject)
        if known is None:
            known = contained_in(self._memberships, {subject: None})
            self._room -= len(known)
            if self._room < 0:
                self.forget()
            remembered[subject] = known
        return known


def contained_in(memberships: Mapping[Subject, Bag[Userset]], came: dict[Subject, Subject | None]) -> Came:
    """Return the principals with all that contain them; raise `Exhausted` beyond the work limit."""
    found = list(came)
    for principal in found:
        usersets = memberships.get(principal)
        if usersets is None:
            continue
        for userset in (usersets,) if isinstance(usersets, str) else tuple(usersets):
            if userset not in came:
                came[userset] = principal
                found.append(userset)
        if len(found) > WORK_LIMIT:
            raise Exhausted
    return came
