"""Lists come in pages whose cursors nobody else can use and nobody can make."""

import base64
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens.derived_keys import derived_key
from delegation.web.cursors import MOST, Sought
from delegation.web.errors import Refused
from tests.end_to_end.deployment import ADMINISTRATOR
from tests.rfc.answers import problem
from tests.rfc.stage import Stage

KEY: Final = derived_key(bytes(32), "cursor")
MALFORMED: Final = (400, "malformed")
GRANTS: Final = 5


def sought(limit: int = 2, cursor: str | None = None, *question: str, key: bytes = KEY) -> Sought:
    """Return what somebody asks for."""
    return Sought(limit, cursor, question or ("user:anne", "GET", "/delegations"), key)


def walked(things: list[tuple[int, str]], limit: int) -> Iterator[tuple[int, str]]:
    """Yield a list page by page."""
    cursor = None
    while True:
        page = sought(limit, cursor).page(things, lambda thing: thing)
        assert len(page.things) <= limit
        yield from page.things
        cursor = page.next
        if cursor is None:
            return


@given(
    st.sets(st.tuples(st.integers(-9, 9), st.text(max_size=3))),
    st.integers(1, 9),
)
def test_the_pages_together_are_the_list(things: set[tuple[int, str]], limit: int) -> None:
    """Nothing is left out, nothing comes twice, and all is in order, however it was kept."""
    assert list(walked([*things], limit)) == sorted(things)


def test_what_comes_and_goes_meanwhile_moves_nothing_else() -> None:
    """A cursor holds a place and no count: what is added elsewhere makes nothing come twice or not at all."""
    things = [(number, "x") for number in range(6)]
    page = sought().page(things, lambda thing: thing)
    changed = [(-1, "x"), *things[1:3], (3, "a"), *things[3:]]
    assert sought(2, page.next).page(changed, lambda thing: thing).things == [(2, "x"), (3, "a")]


@pytest.mark.threat("45")
@pytest.mark.parametrize(
    "asked",
    [
        sought(2, None, "user:bob", "GET", "/delegations"),
        sought(2, None, "user:anne", "GET", "/elsewhere"),
        sought(2, None, "user:anne", "GET"),
        sought(2, None, "user:anneGET", "/delegations"),
        sought(key=derived_key(bytes(32), "other")),
        sought(key=derived_key(b"1" * 32, "cursor")),
    ],
)
def test_a_cursor_is_good_for_one_question_of_one_caller(asked: Sought) -> None:
    """Another caller, another question, another purpose or another deployment has not been given it."""
    cursor = sought().cursor_of((1, "x"))
    assert sought(2, cursor).after() == (1, "x")
    with pytest.raises(Refused, match="no such cursor"):
        Sought(asked.limit, cursor, asked.question, asked.key).after()


@pytest.mark.threat("45")
@given(st.data())
def test_no_other_text_is_a_cursor(data: st.DataObject) -> None:
    """A cursor with one character changed, added or taken away is none."""
    cursor = sought().cursor_of((7, "dlg_1"))
    place = data.draw(st.integers(0, len(cursor) - 1))
    character = data.draw(st.sampled_from("aZ0-_=.é \n+/"))
    changed = [cursor[:place] + character + cursor[place + 1 :], cursor[:place] + character + cursor[place:]]
    for forged in {*changed, cursor[:place] + cursor[place + 1 :], cursor + "="} - {cursor}:
        with pytest.raises(Refused, match="no such cursor"):
            sought(2, forged).after()


@pytest.mark.threat("45")
def test_no_nesting_is_too_deep_to_be_refused() -> None:
    """However deep a forged cursor is nested, it is refused as any other, also where the stack just holds it."""
    for depth in range(1, 1500):
        forged = base64.urlsafe_b64encode(bytes(16) + b"[" * depth + b"]" * depth).decode().rstrip("=")
        with pytest.raises(Refused, match="no such cursor"):
            sought(2, forged).after()


@pytest.mark.threat("45")
@pytest.mark.parametrize("inner", ["", "{}", "[", "[" * 3000, "1", "null", '{"a": 1}', "[1, 2]", "\udcff"])
def test_what_is_well_formed_and_not_authentic_is_refused(inner: str) -> None:
    """Only what was made under the key is looked at."""
    forged = base64.urlsafe_b64encode(bytes(16) + inner.encode("utf-8", "surrogateescape")).decode().rstrip("=")
    with pytest.raises(Refused, match="no such cursor"):
        sought(2, forged).after()


def asked(stage: Stage, way: str, **query: Any) -> httpx2.Response:
    """Ask for delegations as their user or as the administrator."""
    if way == "own hand":
        headers = {"Authorization": f"Bearer {stage.login.by_hand(stage.tenant.anne)}"}
        return stage.http.get("/delegations", params={"organization": stage.tenant.id, **query}, headers=headers)
    headers = {"Authorization": f"Bearer {ADMINISTRATOR}"}
    return stage.http.get(f"/organizations/{stage.tenant.id}/delegations", params=query, headers=headers)


@pytest.fixture(scope="module")
def granted(stage: Stage) -> set[str]:
    """The ids of all delegations of the stage, some of them made in one second."""
    made = {str(stage.tenant.grant()["id"]) for _ in range(GRANTS)}
    return {*made, str(stage.granted["id"]), str(stage.lent["id"])}


@pytest.mark.parametrize(("way", "limit"), list(product(["own hand", "administrator"], [1, 2, 3, 100])))
def test_delegations_are_listed_page_by_page(stage: Stage, granted: set[str], way: str, limit: int) -> None:
    """Each page has as many as were asked for and says how to go on, until the last, which does not."""
    shown: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = asked(stage, way, limit=limit, **more).json()
        shown += [one["id"] for one in answer["delegations"]]
        assert len(answer["delegations"]) == limit or "next" not in answer
        if "next" not in answer:
            break
        more = {"cursor": answer["next"]}
    assert len(shown) == len(set(shown))
    assert set(shown) == granted


@pytest.mark.threat("45")
@pytest.mark.parametrize("way", ["own hand", "administrator"])
def test_a_cursor_of_another_list_is_400(stage: Stage, granted: set[str], way: str) -> None:
    """The page of an administrator does not go on for the user, nor the other way round."""
    other = "administrator" if way == "own hand" else "own hand"
    cursor = asked(stage, other, limit=1).json()["next"]
    assert len(granted) > 1
    assert problem(asked(stage, way, limit=1, cursor=cursor)) == MALFORMED


@pytest.mark.threat("45")
@pytest.mark.threat("41")
@pytest.mark.parametrize("way", ["own hand", "administrator"])
@pytest.mark.parametrize(
    "query",
    [
        *({"limit": text} for text in ("0", "-1", str(MOST + 1), "1e2", "ten", "", "٣", "9" * 5000, " 1", "1.0")),
        *({"cursor": text} for text in ("", "x", "e30", "☃", "A" * 5000, "../..")),
        {"limit": ["1", "1"]},
        {"cursor": ["x", "x"]},
        {"after": "dlg_1"},
        {"Limit": "1"},
    ],
    ids=str,
)
def test_a_list_is_asked_for_in_one_way(stage: Stage, way: str, query: dict[str, Any]) -> None:
    """Limits out of bounds, cursors that are none, repeated and unknown parameters are 400."""
    assert problem(asked(stage, way, **{name[:20]: value for name, value in query.items()})) == MALFORMED


def test_keys_of_two_purposes_tell_nothing_of_each_other() -> None:
    """Each purpose and each master key has 32 bytes of its own, which are the same in every process."""
    keys = {derived_key(master, purpose) for master in (bytes(32), b"1" * 32) for purpose in ("cursor", "nonce")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert derived_key(bytes(32), "cursor") == KEY
