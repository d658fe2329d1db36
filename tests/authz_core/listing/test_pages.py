"""Pages of a list: complete for every size, and steadfast while things come and go."""

import pytest

from authz_core import InvalidPage, Listing, Page


def pages(listing: Listing[str], size: int) -> list[Page[str]]:
    """All pages of a list."""
    found = [listing.page(size)]
    while found[-1].cursor is not None:
        found.append(listing.page(size, found[-1].cursor))
    return found


@pytest.mark.parametrize("length", [0, 1, 2, 9, 10, 11])
@pytest.mark.parametrize("size", [1, 2, 9, 10, 11, 12])
def test_pages_of_any_size_are_the_whole_list(length: int, size: int) -> None:
    """The pages of a list hold every item once and in order, and only the last of them may be short."""
    listing = Listing(tuple(f"doc:{number:02}" for number in range(length)))
    found = pages(listing, size)

    assert tuple(item for page in found for item in page.items) == listing.items
    assert all(len(page.items) == size for page in found[:-1])
    assert len(found) == max(1, -(-length // size))


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_nothing_is_lost_at_the_border_of_a_large_page(size: int) -> None:
    """A large page ends where the next one begins."""
    listing = Listing(tuple(f"doc:{number:06}" for number in range(65_537)))

    assert tuple(item for page in pages(listing, size) for item in page.items) == listing.items


def test_what_stays_is_listed_exactly_once() -> None:
    """An item that belongs to a list all the time is on one page, whatever comes and goes between two pages."""
    first = Listing(("doc:b", "doc:d", "doc:f", "doc:h")).page(2)
    second = Listing(("doc:a", "doc:b", "doc:c", "doc:e", "doc:f", "doc:h")).page(9, first.cursor)

    assert first == Page(("doc:b", "doc:d"), "doc:d")
    assert second == Page(("doc:e", "doc:f", "doc:h"), None)


def test_a_page_without_items_is_refused() -> None:
    """A page holds one item at least, for otherwise nothing would ever follow."""
    with pytest.raises(InvalidPage, match="a page holds one item at least, not `0`"):
        Listing(("doc:a",)).page(0)
