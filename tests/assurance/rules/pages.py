"""Borders: of pages, of the forms in which things are kept, and cursors that nobody handed out."""

from bisect import bisect_left, bisect_right

from authz_core import Listing, Object, Page, load_model
from authz_core.listing import answers
from authz_core.listing.reaching import Reach
from authz_core.relationships import index
from authz_core.relationships.bags import Bag, bag_with, members
from tests.assurance.asking import YES, answer, line, objects, stored, subjects
from tests.assurance.bugs import Bug, broken

PLAIN = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type doc
  relations
    define viewer: [user, group#member]
""")

PAGE = 10
LARGE = 2**16
BAG = 8  # members that are kept in the smaller form
HOSTILE = (
    *(
        "",
        " ",
        "\x00",
        "0",
        "-1",
        "doc:",
        "doc:zz",
        "doc:0000010",
        "user:anne",
        "é",
        "\udc80",
        "\U0010ffff",
        "~" * 10_000,
    ),
    *("doc:0000003' OR '1'='1", "doc:0000003; DROP TABLE docs", "../doc:0000003", "ZG9jOjAwMDAwMDM=", "doc:0000003 "),
)


def names(number: int) -> tuple[Object, ...]:
    """That many documents in order."""
    return tuple(Object(f"doc:{each:07}") for each in range(number))


def pages(listing: Listing[Object], size: int) -> list[tuple[Object, ...]]:
    """All pages of a list; an endless row of pages is cut."""
    page = listing.page(size)
    found = [page.items]
    while page.cursor is not None and len(found) <= len(listing.items) + 1:
        page = listing.page(size, page.cursor)
        found.append(page.items)
    return found


def pages_lose_nothing_at_their_borders() -> None:
    """Pages hold every item once and in order, be there one less, as many, or one more than fit."""
    sizes = [(0, PAGE), (1, PAGE), (PAGE - 1, PAGE), (PAGE, PAGE), (PAGE + 1, PAGE), (2 * PAGE, PAGE), (PAGE, 1)]
    sizes += [(LARGE + more, LARGE) for more in (-1, 0, 1)] + [(LARGE, LARGE + more) for more in (-1, 1)]
    for number, size in sizes:
        found = pages(Listing(names(number)), size)

        assert tuple(item for page in found for item in page) == names(number)
        assert len(found) == max(1, -(-number // size))


def few_and_many_are_kept_alike() -> None:
    """However many there are of something, all of them are there: at the border of each form in which it is kept."""
    for number in (0, 1, BAG - 1, BAG, BAG + 1, PAGE):
        people = tuple(f"user:{each}" for each in range(number))
        facts = stored(
            *(f"{each} viewer doc:a" for each in people), *(f"user:anne viewer {each}" for each in names(number))
        )

        assert subjects(PLAIN, facts, "user viewer doc:a") == people
        assert objects(PLAIN, facts, "user:anne viewer doc") == names(number)
        assert {answer(PLAIN, facts, f"{each} viewer doc:a") for each in people} <= {YES}


def large_lists_are_whole() -> None:
    """A list of 65,535, 65,536 or 65,537 objects, reached through a group, lacks none of them."""
    granted = [f"group:eng#member viewer {each}" for each in names(LARGE - 2)]
    facts = stored("user:anne member group:eng", *granted)
    for more in (-1, 0, 1):
        facts.add(line(f"group:eng#member viewer {names(LARGE + more)[-1]}"))

        assert objects(PLAIN, facts, "user:anne viewer doc") == names(LARGE + more)


def any_cursor_is_a_place_in_the_list() -> None:
    """Whatever text is given for a cursor, what follows is exactly that part of the list which lies behind it."""
    listing = Listing(names(PAGE + 1))
    foreign = Listing(tuple(Object(f"folder:{each}") for each in range(PAGE))).page(3).cursor
    for cursor in (*HOSTILE, *names(PAGE + 2), foreign or ""):
        behind = tuple(item for item in listing.items if item > cursor)

        assert _page(listing, 3, cursor) == behind[:3]
        assert _page(listing, 99, cursor) == behind


def what_stays_is_on_one_page() -> None:
    """Whatever comes and goes between two pages, an item that stays is neither skipped nor repeated."""
    first = Listing(names(6)).page(3)
    fewer, more = Listing(names(6)[1:]), Listing((Object("doc:"), *names(6)))

    assert first.items == names(3)
    for later in (fewer, more):
        assert _page(later, 3, first.cursor or "") == names(6)[3:]


def _page(listing: Listing[Object], size: int, cursor: str) -> object:
    try:
        return listing.page(size, cursor).items
    except (ArithmeticError, LookupError, TypeError, ValueError) as crash:
        return crash


_page_of = Listing.page


def _bag_of_few(bag: Bag[str] | None, member: str) -> Bag[str]:
    return dict.fromkeys(members(bag)) if len(members(bag)) == BAG else bag_with(bag, member)


def _among_the_items(self: Listing[Object], size: int, after: str | None = None) -> Page[Object]:
    start = 0 if after is None else self.items.index(Object(after)) + 1
    return _page_of(Listing(self.items[start:]), size)


def _from_the_start(self: Listing[Object], size: int, after: str | None = None) -> Page[Object]:
    return _page_of(self, size, after if after in self.items else None)


def _numbered(self: Listing[Object], size: int, after: str | None = None) -> Page[Object]:
    start = int(after or 0)
    return Page(self.items[start : start + size], str(start + size) if start + size < len(self.items) else None)


def _full_is_last(self: Listing[Object], size: int, after: str | None = None) -> Page[Object]:
    page = _page_of(self, size, after)
    return page if len(self.items) != size + 1 else Page(page.items, None)


_verdicts = Reach.verdicts

BUGS = (
    Bug(
        "E16",
        pages_lose_nothing_at_their_borders,
        (
            broken("a page begins one item too late", answers, "bisect_right", lambda *both: bisect_right(*both) + 1),
            broken("a page begins with the last item before", answers, "bisect_right", bisect_left),
            broken("a single item that is left is not worth a page", Listing, "page", _full_is_last),
        ),
    ),
    Bug(
        "E16",
        few_and_many_are_kept_alike,
        (broken("what makes a small form too small gets lost", index, "bag_with", _bag_of_few),),
    ),
    Bug(
        "E16",
        large_lists_are_whole,
        (broken("a list ends at 65,536", Reach, "verdicts", lambda self: [*_verdicts(self)][:LARGE]),),
    ),
    Bug(
        "E18",
        any_cursor_is_a_place_in_the_list,
        (
            broken("a cursor is looked for among the items", Listing, "page", _among_the_items),
            broken("a cursor that is no item begins anew", Listing, "page", _from_the_start),
        ),
    ),
    Bug(
        "E18",
        what_stays_is_on_one_page,
        (broken("a cursor counts items", Listing, "page", _numbered),),
    ),
)
