"""What a listing is: all of it, sorted, in pages if wanted; or the reason why it cannot be given."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from authz_core.decision import Reason
from authz_core.errors import EngineError, quoted

Item = TypeVar("Item", bound=str)


class Unanswerable(EngineError):
    """A listing cannot be worked out; of several reasons the smallest is told, whatever was met first."""

    code: ClassVar[str] = "unanswerable"

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the reason for programs and put it before the detail for people."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class InvalidPage(EngineError):
    """A page of a size that no page has."""

    code: ClassVar[str] = "invalid_page"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a listing; the cursor leads to those that follow, and is none where nothing follows."""

    items: tuple[Item, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """Everything that was asked for, each once and in the order of the texts."""

    items: tuple[Item, ...]

    def page(self, size: int, after: str | None = None) -> Page[Item]:
        """Return up to `size` items, those behind a cursor if one is given.

        A cursor is the last item before it, so that it serves for a listing made anew: whatever belongs to the listing
        all the time is on exactly one page, whatever comes or goes between two pages.
        """
        if size < 1:
            raise InvalidPage(f"a page holds one item at least, not {quoted(str(size))}")
        start = 0 if after is None else bisect_right(self.items, after)
        items = self.items[start : start + size]
        return Page(items, items[-1] if start + size < len(self.items) else None)
