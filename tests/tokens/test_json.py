"""Attacks on the JSON inside a token, at every entrance, and on the strict reader itself."""

import json
import tracemalloc
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import InvalidJSON, Reason, json_object, json_value
from delegation.tokens.strict_json import MAX_DEPTH, MAX_NUMBER
from tests.conformance import rfc
from tests.tokens.forging import Entrance, refused, sealed, shown

AMBIGUOUS = {
    "a repeated member": b'{"a":1,"a":2}',
    "a repeated member, once escaped": b'{"a":1,"\\u0061":2}',
    "a repeated member further down": b'{"b":[{"a":1,"a":1}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "-Infinity": b'{"a":-Infinity}',
    "a number that overflows": b'{"a":1e999}',
    "a number of 5,000 digits": b'{"a":' + b"9" * 5_000 + b"}",
    "a fraction of 5,000 digits": b'{"a":0.' + b"9" * 5_000 + b"}",
    "arrays ten thousand deep": b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "arrays that never end": b'{"a":' + b"[" * 10_000,
    "objects that never end": b'{"a":' * 2_000,
    "invalid UTF-8": b'{"a":"\xff"}',
    "an overlong encoding": b'{"a":"\xc0\xaf"}',
    "an encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a lone surrogate as a name": b'{"\\uDC00":1}',
    "surrogates in the wrong order": b'{"a":"\\udc00\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a raw control character": b'{"a":"\n"}',
    "a NUL": b'{"a":1}\x00',
    "two values": b'{"a":1}{"a":1}',
    "a trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "a comment": b'{"a":1/**/}',
    "a leading zero": b'{"a":01}',
    "a leading plus": b'{"a":+1}',
    "nothing": b"",
    "a blank": b" ",
    "half a value": b'{"a":',
}


@pytest.mark.threat("24")
@pytest.mark.threat("L3")
@rfc("8725", "3.4")
@pytest.mark.parametrize("wrong", AMBIGUOUS)
def test_claims_with_two_meanings_are_refused(entrance: Entrance, wrong: str) -> None:
    """What two readers may understand differently is refused, however rightly it is signed."""
    token = sealed(entrance.header, AMBIGUOUS[wrong], entrance.key.private)
    assert refused(entrance, token) is Reason.MALFORMED


@pytest.mark.threat("24")
@pytest.mark.parametrize("wrong", AMBIGUOUS)
def test_a_header_with_two_meanings_is_refused(entrance: Entrance, wrong: str) -> None:
    """The header is read as strictly as the claims, and before anything else."""
    token = sealed(AMBIGUOUS[wrong], dict(entrance.claims), entrance.key.private)
    assert refused(entrance, token) is Reason.MALFORMED


@pytest.mark.threat("24")
@pytest.mark.parametrize("value", [None, True, 1, "claims", [], [{}]], ids=shown)
def test_a_segment_that_is_no_object_is_refused(entrance: Entrance, value: object) -> None:
    """Header and claims are objects."""
    private = entrance.key.private
    assert refused(entrance, sealed(entrance.header, value, private)) is Reason.MALFORMED
    assert refused(entrance, sealed(value, dict(entrance.claims), private)) is Reason.MALFORMED


@pytest.mark.threat("24")
def test_a_claim_repeated_with_its_own_value_is_refused(entrance: Entrance) -> None:
    """Repetition is refused for itself, also when both values agree."""
    text = json.dumps(dict(entrance.claims))
    doubled = f'{text[:-1]},"iat":{entrance.claims["iat"]}}}'.encode()
    assert refused(entrance, sealed(entrance.header, doubled, entrance.key.private)) is Reason.MALFORMED


@pytest.mark.threat("24")
@pytest.mark.threat("S35")
def test_names_are_compared_with_their_case(entrance: Entrance) -> None:
    """A claim in another case is another claim: it neither replaces the real one nor stands in for it."""
    upper = {name.upper(): value for name, value in entrance.claims.items()}
    token = sealed(entrance.header, upper, entrance.key.private)
    assert refused(entrance, token) in {Reason.ISSUER, Reason.CLAIM}


@pytest.mark.threat("24")
@pytest.mark.parametrize("wrong", ["arrays ten thousand deep", "arrays that never end", "a number of 5,000 digits"])
def test_refusing_costs_little(entrance: Entrance, wrong: str) -> None:
    """The worst that fits into a token is refused within ten milliseconds and a megabyte."""
    token = sealed(entrance.header, AMBIGUOUS[wrong], entrance.key.private)
    tracemalloc.start()
    refused(entrance, token)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert min(repeat(lambda: refused(entrance, token), number=1, repeat=5)) < 0.01


def test_brackets_inside_strings_are_no_nesting() -> None:
    """Depth counts arrays and objects, not characters that look like them."""
    text = '[{"' * 20 + '\\" [['
    assert json_value(json.dumps({"a": [text, text]}).encode()) == {"a": [text, text]}


@pytest.mark.parametrize("depth", [1, MAX_DEPTH, MAX_DEPTH + 1])
def test_the_limit_of_nesting(depth: int) -> None:
    """Values lie at most `MAX_DEPTH` deep; many beside each other are no deeper than one."""
    deep = b"[" * depth + b"]" * depth
    wide = b"[" + b",".join([deep[1:-1] or b"[]"] * 50) + b"]"
    if depth <= MAX_DEPTH:
        assert isinstance(json_value(wide), list)
    else:
        with pytest.raises(InvalidJSON):
            json_value(wide)


@pytest.mark.parametrize("digits", [MAX_NUMBER, MAX_NUMBER + 1])
def test_the_limit_of_numbers(digits: int) -> None:
    """Numbers have at most `MAX_NUMBER` characters."""
    raw = b"1" * digits
    if digits <= MAX_NUMBER:
        assert json_value(raw) == int(raw)
    else:
        with pytest.raises(InvalidJSON):
            json_value(raw)


def test_an_escaped_character_beyond_the_basic_plane_is_one_character() -> None:
    """A pair of surrogates in the right order is a character like any other."""
    assert json_value(b'"\\ud83d\\udd11"') == "\U0001f511"


def test_the_text_of_the_error_repeats_nothing() -> None:
    """What was read may be a secret: the error does not quote it."""
    with pytest.raises(InvalidJSON) as caught:
        json_object(b'{"client_secret": "hunter2" oops')
    assert "hunter2" not in str(caught.value)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    """Strictness refuses nothing that has one meaning."""
    assert json_value(json.dumps(value).encode()) == value
    assert json_value(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text('[]{}",:\\u0dD89a1e.- \n').map(str.encode))
def test_any_bytes_are_a_value_or_refused(raw: bytes) -> None:
    """Whatever is read, nothing but InvalidJSON is raised, and what is accepted every reader accepts."""
    try:
        value = json_value(raw)
    except InvalidJSON:
        return
    assert json.loads(raw.decode()) == value
