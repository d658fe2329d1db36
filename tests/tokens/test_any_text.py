"""Whatever text comes in, a reader returns a value or raises InvalidToken, and nothing else."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import InvalidToken, claimed_assertion, claimed_issuer
from tests.clock import NOON
from tests.tokens.forging import ENTRANCES, MEMORY, NAMING, Entrance, Json, changed, sealed, segment

ENTRANCE: Final = st.sampled_from(ENTRANCES)
SEGMENTS: Final = st.text("AZaz09-_", max_size=12) | st.binary(max_size=30).map(segment)
TOKEN_LIKE: Final = st.lists(SEGMENTS, min_size=1, max_size=6).map(".".join)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES: Final = sorted({name for entrance in ENTRANCES for name in entrance.claims} | {"typ", "alg", "kid", "crit"})
MEMBERS: Final = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4)


def peek(read: Callable[[str], object]) -> Callable[[str, datetime], object]:
    """Give a reader that needs no time the shape of the others."""
    return lambda text, _: read(text)


READERS: Final = [
    *(entrance.read for entrance in ENTRANCES),
    peek(claimed_assertion),
    peek(lambda text: claimed_issuer(text, MEMORY)),
]


@pytest.mark.threat("24")
@given(st.text() | TOKEN_LIKE, st.sampled_from(READERS))
def test_arbitrary_text(text: str, read: Callable[[str, datetime], object]) -> None:
    """Text that nobody signed is refused, by every reader."""
    with pytest.raises(InvalidToken):
        read(text, NOON)


@pytest.mark.threat("24")
@given(ENTRANCE, MEMBERS, MEMBERS)
def test_arbitrary_members(entrance: Entrance, header: dict[str, Json], claims: dict[str, Json]) -> None:
    """Whatever a rightly signed token holds, in header or claims, it is read or refused, and nothing fails."""
    payload = json.dumps(changed(entrance.claims, claims), allow_nan=True).encode("utf-8", "replace")
    own = json.dumps(changed(entrance.header, header), allow_nan=True).encode("utf-8", "replace")
    with suppress(InvalidToken):
        assert entrance.enter(sealed(own, payload, entrance.key.private)) is not None


@pytest.mark.threat("24")
@given(ENTRANCE, st.binary(max_size=200))
def test_arbitrary_payloads(entrance: Entrance, payload: bytes) -> None:
    """Bytes that are no claims are refused, however rightly they are signed."""
    with pytest.raises(InvalidToken):
        entrance.enter(sealed(entrance.header, payload, entrance.key.private))


@pytest.mark.threat("47")
@given(st.sampled_from(NAMING), st.text(st.characters(categories=["L", "N"]), min_size=6, max_size=20))
def test_errors_repeat_nothing_of_the_token(entrance: Entrance, planted: str) -> None:
    """What is wrong with a token is said without repeating what stands in it."""
    for token in (
        planted,
        entrance.token(header={"typ": planted}),
        entrance.token(header={"kid": planted}),
        entrance.token(header={"alg": planted}),
        entrance.token(claims={"iss": planted}),
        entrance.token(claims={"exp": planted}),
        entrance.token(claims={"aud": [planted, planted]}),
    ):
        with pytest.raises(InvalidToken) as caught:
            entrance.enter(token)
        assert planted not in str(caught.value)
