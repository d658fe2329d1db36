"""References have one form each, and whatever is not in it is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import (
    InvalidReference,
    Userset,
    id_of,
    kind_of,
    object_of,
    parse_id,
    parse_object,
    parse_subject,
    split_userset,
    type_of,
    userset_of,
    wildcard_of,
)

GOOD_IDS = [
    *("a", "A", "0", "anne@example.com", "a.b/c|d+e-f_g", "..", "%2e%2e", "\\", "*a", "a*", "**", "';drop", "a,b=c"),
    *("é", "日本", "Ωμέγα", "🙂", "a" * 256),
]
BAD_IDS = {
    "empty": "",
    "too long": "a" * 257,
    "star": "*",
    "colon": "a:b",
    "hash": "a#b",
    "blank": "a b",
    "leading blank": " a",
    "trailing newline": "a\n",
    "tab": "a\tb",
    "nul": "a\0",
    "delete": "a\x7f",
    "next line": "a\x85",
    "no-break space": "a\xa0b",
    "ideographic space": "a\u3000",
    "line separator": "a\u2028",
    "zero width space": "a\u200b",
    "zero width joiner": "a\u200d",
    "right-to-left override": "a\u202e",
    "soft hyphen": "a\xad",
    "byte order mark": "\ufeffa",
    "lone surrogate": "a\ud800",
    "decomposed": "e\u0301",
    "ohm sign": "\u2126",
    "fullwidth is kept apart, its decomposition is not": "\uff76\uff9e\u0301e\u0301",
}


@pytest.mark.parametrize("text", GOOD_IDS)
def test_an_id_is_kept_to_the_letter(text: str) -> None:
    """A well-formed id comes back unchanged."""
    assert parse_id(text) == text
    assert id_of(parse_object(f"user:{text}")) == text


@pytest.mark.parametrize("text", BAD_IDS.values(), ids=BAD_IDS.keys())
def test_an_odd_id_is_refused(text: str) -> None:
    """An id that is too long, reserved, invisible, divided or not in NFC is refused and never repaired."""
    with pytest.raises(InvalidReference):
        parse_id(text)
    with pytest.raises(InvalidReference):
        parse_object(f"user:{text}")
    with pytest.raises(InvalidReference):
        object_of("user", text)


@pytest.mark.parametrize("type_", ["", "a b", "a#b", "é", "a@b", "*", "a" * 255, "user\n"])
def test_an_odd_type_is_refused(type_: str) -> None:
    """A type consists of at most 254 ASCII letters, digits, underscores, hyphens, dots and slashes."""
    for attempt in (f"{type_}:a", f"{type_}:a#member", f"{type_}:*"):
        with pytest.raises(InvalidReference):
            parse_subject(attempt)
    with pytest.raises(InvalidReference):
        wildcard_of(type_)


@pytest.mark.parametrize("text", ["user", "user:", ":a", "", ":", "#", "user#member", "user:a#", "user:*#member", "*"])
def test_half_a_reference_is_refused(text: str) -> None:
    """A reference names a type and an id, and a userset a relation too."""
    with pytest.raises(InvalidReference):
        parse_subject(text)


@pytest.mark.parametrize("relation", ["", "a b", "é", "a#b", "a" * 51, "member\n"])
def test_an_odd_relation_is_refused(relation: str) -> None:
    """A relation consists of at most 50 ASCII letters, digits and a few signs."""
    with pytest.raises(InvalidReference):
        parse_subject(f"group:a#{relation}")
    with pytest.raises(InvalidReference):
        userset_of(parse_object("group:a"), relation)


def test_an_object_is_no_userset_and_no_wildcard() -> None:
    """Only a subject may be a userset or everyone of a type."""
    assert parse_subject("group:a#member") == userset_of(parse_object("group:a"), "member")
    assert parse_subject("user:*") == wildcard_of("user")
    for text in ("group:a#member", "user:*"):
        with pytest.raises(InvalidReference):
            parse_object(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("user:anne", "user"),
        ("user:*", "user:*"),
        ("user:**", "user"),
        ("user:a*", "user"),
        ("group:eng#member", "group#member"),
        ("app:a#document:edit", "app#document:edit"),
        ("app:a#document:*", "app#document:*"),
    ],
)
def test_a_subject_is_of_one_kind(text: str, kind: str) -> None:
    """An object, a userset and a wildcard are told apart whatever their ids and relations look like."""
    subject = parse_subject(text)

    assert kind_of(subject) == kind
    assert type_of(subject) == text.partition(":")[0]


def test_a_userset_comes_apart_at_its_first_hash() -> None:
    """A userset's object and relation are exactly what it was made of."""
    assert split_userset(Userset("app:a/b|c@d#document:*")) == ("app:a/b|c@d", "document:*")


@given(st.text(min_size=1, max_size=260))
def test_what_is_accepted_is_what_was_given(text: str) -> None:
    """Any text is either refused, or is an id in NFC that comes back to the letter from a reference."""
    try:
        reference = object_of("user", text)
    except InvalidReference:
        return
    assert unicodedata.is_normalized("NFC", text)
    assert parse_object(reference) == f"user:{text}"
    assert id_of(reference) == text


def test_an_error_shows_the_text_without_printing_it() -> None:
    """An error message quotes the offending text cut short, with what cannot be printed escaped."""
    with pytest.raises(InvalidReference) as caught:
        parse_object("user:\x1b[2J" + "a" * 10_000)

    assert "`user" not in str(caught.value)
    assert "\\x1b[2Ja" in str(caught.value)
    assert len(str(caught.value)) < 200
    assert caught.value.code == "invalid_reference"
