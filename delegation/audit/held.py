"""What somebody outside keeps of the log: seals above all, and the places of chains where an export was kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from delegation.audit.chain import Entry, Head
from delegation.audit.history import Anchor, Covered, Item
from delegation.audit.seals import SEALS


@dataclass(frozen=True, slots=True)
class Held:
    """Places that a log must still pass through. There are several for one number where what was kept disagrees."""

    seals: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The hashes of seals' entries by number."""
    heads: Mapping[str, frozenset[Head]] = field(default_factory=dict)
    """The newest place known of each chain; its hash speaks for everything before it."""

    @property
    def newest_seal(self) -> int:
        """The number of the newest seal that is held; 0 when none is."""
        return max(self.seals, default=0)


def held_from(items: Iterable[Item]) -> Held:
    """Return what is worth holding of what was once told of a log."""
    seals: dict[int, frozenset[str]] = {}
    heads: dict[str, frozenset[Head]] = {}
    for item in items:
        match item:
            case Entry(chain=chain) if chain == SEALS:
                seals[item.sequence] = seals.get(item.sequence, frozenset()) | {item.hash}
            case Anchor(head=Head(chain="seals") as head):
                seals[head.sequence] = seals.get(head.sequence, frozenset()) | {head.hash}
            case Entry() | Head(chain="seals"):
                continue  # What is kept of seals is their entries.
            case Covered(head=head) | Anchor(head=head) | (Head() as head):
                heads[head.chain] = _newest(heads.get(head.chain, frozenset()), head)
    return Held(seals, heads)


def _newest(known: frozenset[Head], head: Head) -> frozenset[Head]:
    reach = max((each.sequence for each in known), default=head.sequence)
    if head.sequence != reach:
        return known if head.sequence < reach else frozenset({head})
    return known | {head}
