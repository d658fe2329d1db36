"""URIs are the same when they name the same: at the server and in the library of services, which share no code."""

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.client.service import targets
from delegation.tokens import uris
from tests.conformance import rfc

pytestmark = rfc("9449", "4.3", "normalized")

Same = Callable[[str, str], bool]
BOTH: Final = pytest.mark.parametrize("same", [uris.same_target, targets.same_target], ids=["server", "library"])
HERE: Final = "https://as.example/a/b~c"
SEGMENT: Final = st.text(st.sampled_from("abzAZ09-._~!$&'()*+,;=:@"), min_size=1, max_size=8).filter(
    lambda segment: segment not in {".", ".."}
)
PATHS: Final = st.lists(SEGMENT, max_size=5)


@BOTH
@pytest.mark.parametrize(
    "spelt",
    [
        "HTTPS://as.example/a/b~c",
        "https://AS.Example/a/b~c",
        "https://as.example:443/a/b~c",
        "https://as.example:/a/b~c",
        "https://as.example/a/b%7Ec",
        "https://as.example/a/b%7ec",
        "https://as.example/%61/b~c",
        "https://as.example/a/./b~c",
        "https://as.example/x/../a/b~c",
        "https://as.example/x/%2e%2E/a/b~c",
        "https://as.example/../a/b~c",
        f"{HERE}?query=1",
        f"{HERE}#fragment",
        f"{HERE}?a=b#c",
        f"{HERE}?",
    ],
)
def test_another_spelling_names_the_same(same: Same, spelt: str) -> None:
    """Case of scheme and host, the usual port, needless escapes, dot segments, query and fragment do not count."""
    assert same(spelt, HERE)
    assert same(HERE, spelt)


@BOTH
@pytest.mark.parametrize(
    "other",
    [
        "http://as.example/a/b~c",
        "https://as.example:8443/a/b~c",
        "https://as.example:0/a/b~c",
        "https://as.example.evil/a/b~c",
        "https://as.example@evil.example/a/b~c",
        "https://evil@as.example/a/b~c",
        "https://@as.example/a/b~c",
        "https://as.example/a/b~c/",
        "https://as.example/A/b~c",
        "https://as.example/a//b~c",
        "https://as.example/a%2Fb~c",
        "https://as.example/a%2fb~c",
        "https://as.example/a/b~c%3F",
        "https://as.example/a/b~c;x",
        "https://as.example/a/b~c/..",
        "https://as.example",
        "ftp://as.example/a/b~c",
        "//as.example/a/b~c",
        "/a/b~c",
        "as.example/a/b~c",
        "",
        "https://",
        "https:///a/b~c",
        "https://as.example:port/a/b~c",
        "https://as.example:99999/a/b~c",
        "https://[as.example/a/b~c",
        " https://as.example/a/b~c",
        "https://as.example/a/b~c ",
        "https://as.example/a/b~c\n",
        "https://as.ex\nample/a/b~c",
        "https://as.example/a/\tb~c",
        "https://as.example/a/b~c\x00",
        "https://as.exa\uff4dple/a/b~c",
        "https://as.example\\/a/b~c",
        "https://as.example/a\\b~c",
    ],
)
def test_what_names_something_else_is_another(same: Same, other: str) -> None:
    """Scheme, host, port and path count, an escaped slash is none, and what is no http URI is the same as nothing."""
    assert not same(other, HERE)
    assert not same(HERE, other)


@BOTH
def test_no_uri_is_the_same_as_itself_without_being_one(same: Same) -> None:
    """Two equal texts that are no http URIs name nothing: a configuration that is wrong opens nothing."""
    assert not same("", "")
    assert not same("urn:x", "urn:x")


@BOTH
def test_a_letter_that_folds_into_another_is_another(same: Same) -> None:
    """The Kelvin sign is no `k`, although its small letter is."""
    assert not same("https://\u212aing.example/", "https://king.example/")


@BOTH
def test_an_empty_path_is_the_root(same: Same) -> None:
    """A URI without a path names the same as one with a slash alone (RFC 3986 §6.2.3)."""
    assert same("https://as.example", "https://as.example/")
    assert same("https://as.example?x", "https://as.example/")


def escaped(path: str, every: int) -> str:
    """Write some characters of a path as escapes that it need not have."""
    return "".join(
        f"%{ord(letter):02x}" if letter in "abzAZ09-._~" and place % every == 0 else letter
        for place, letter in enumerate(path)
    )


@BOTH
@given(PATHS, st.integers(1, 5), st.integers(0, 5))
def test_escapes_and_dots_never_make_a_difference(same: Same, path: list[str], every: int, where: int) -> None:
    """However a path is spelt with needless escapes and dot segments, it stays the same."""
    plain = "https://as.example/" + "/".join(path)
    dotted = [*path[:where], "x", "..", ".", *path[where:]]
    # A dot segment at the end leaves a slash behind.
    end = "" if path[where:] or not path else "/"
    assert same("https://AS.example:443/" + escaped("/".join(dotted), every), plain + end)


@given(PATHS, PATHS)
def test_both_sides_agree(one: list[str], other: list[str]) -> None:
    """What the server takes for the same the library takes for the same, and both tell different paths apart."""
    first, second = (f"https://as.example/{'/'.join(path)}" for path in (one, other))
    assert uris.same_target(first, second) == targets.same_target(first, second) == (one == other)
