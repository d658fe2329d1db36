"""The mistakes that are put into the model on purpose: the search finds what each leads to."""

from enum import Enum, auto


class Mistake(Enum):
    """A mistake that is put in on purpose."""

    JOIN_UNDER_WAY = auto()
    """A head read that is under way is joined."""
    ANSWER_WITHOUT_HEAD = auto()
    """When the heads cannot be read, the picture that is there is taken for the newest."""
    KEEP_HALF = auto()
    """A picture stays that was left in the middle of a change, under the revision it had."""
    SKIP_GAP = auto()
    """A page of the log is applied though entries before it are gone."""
    TRUST_THE_LOADER = auto()
    """Who waited for another's work takes what it left, whatever revision that has."""
    REVISION_AFTER_ROWS = auto()
    """A snapshot's revision is read after its rows, and not in one transaction with them."""
    LOOK_BETWEEN = auto()
    """A request that holds a picture does not look whether it is in the middle of a change."""
    AGE_FROM_THE_END = auto()
    """The age of heads is counted from when they were told, not from when the read began."""
    BELIEVE_HINTS = auto()
    """A hint moves a picture's revision without its log."""
    FORGET_THE_WAITING = auto()
    """A failed head read wakes nobody who waited for it."""
    KEEP_THE_LOCK = auto()
    """A failed read of the log leaves the partition locked."""
