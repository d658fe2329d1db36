"""Random histories of keys, with a clock that runs: no good token is refused, no withdrawn key is believed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import (
    AHEAD,
    MAX_AGE,
    Algorithm,
    InvalidKey,
    InvalidToken,
    KeyChange,
    KeyRing,
    NoSigningKey,
    Purpose,
    SigningKey,
    VerificationKeys,
    rotation,
    usable_keys,
    withdrawal,
)
from delegation.tokens.jws import Kind, sign, verify
from tests.clock import NOON
from tests.tokens.forging import signing_key

HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
APART: Final = (timedelta(0), timedelta(seconds=-25), timedelta(seconds=25))
"""How far the clocks of three processes are from the true time: any two lie less than a minute apart."""
POOL: Final = [signing_key(Purpose.ACCESS_TOKEN, Algorithm.ED25519) for _ in range(40)]
LONG_BEFORE: Final = NOON - HOUR

Step: TypeAlias = int | str
"""Seconds that go by, `rotate`, or `withdraw` with the place of a key."""
STEPS: Final = st.lists(
    st.one_of(
        st.sampled_from([1, 59, 61, 200, 300, 359, 360, 361, 1_800, 3_600, 4_000, 90_000]),
        st.just("rotate"),
        st.sampled_from(["withdraw 0", "withdraw 1", "withdraw -1"]),
    ),
    max_size=25,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, the key that signed it, and when it ends."""

    text: str
    kid: str
    expires: datetime


@dataclass(slots=True)
class World:
    """The keys there are, what they signed, and somebody far away who verifies with the keys fetched last."""

    now: datetime = NOON
    keys: list[SigningKey] = field(default_factory=lambda: [replace(POOL[0], not_before=LONG_BEFORE)])
    published: dict[str, datetime] = field(default_factory=lambda: {POOL[0].kid: LONG_BEFORE})
    withdrawn: set[str] = field(default_factory=set)
    withdrawn_at: datetime = LONG_BEFORE
    issued: list[Issued] = field(default_factory=list)
    fetched: VerificationKeys = field(default_factory=lambda: VerificationKeys.of([]))
    fetched_at: datetime = NOON - HOUR

    def make(self, purpose: Purpose, not_before: datetime) -> SigningKey:
        """Publish a new key."""
        key = replace(POOL[len(self.published)], purpose=purpose, not_before=not_before)
        self.published[key.kid] = self.now
        return key

    def take(self, step: Step) -> None:
        """Let time go by, or keys change."""
        if isinstance(step, int):
            self.now += timedelta(seconds=step)
        elif step == "rotate":
            self._change(rotation(self.keys, Purpose.ACCESS_TOKEN, self.make, self.now))
        else:
            place = int(step.split()[1])
            kid = self.keys[place if abs(place) < len(self.keys) else 0].kid
            self._change(withdrawal(self.keys, kid, self.make, self.now))
            self.withdrawn.add(kid)
            self.withdrawn_at = self.now

    def _change(self, change: KeyChange) -> None:
        self.keys = [key for key in self.keys if key.kid not in change.gone] + [*change.made]

    def work(self) -> None:
        """Let each process sign, and everybody verify what is good still."""
        ring = KeyRing(self.keys)
        for apart in APART:
            self._sign(ring, self.now + apart)
        if self.now - self.fetched_at >= MAX_AGE:
            self.fetched, self.fetched_at = usable_keys(ring.jwks(self.now)), self.now
        for token in self.issued:
            if token.expires <= self.now:
                continue
            if token.kid in self.withdrawn:
                assert not believed(ring, token.text)
            else:
                assert believed(ring, token.text)
                assert token.kid in self.fetched

    def _sign(self, ring: KeyRing, clock: datetime) -> None:
        try:
            key = ring.signing(Purpose.ACCESS_TOKEN, clock)
        except NoSigningKey:
            assert clock < self.withdrawn_at + AHEAD + SECOND  # Only when the one key there was had to go.
            return
        assert self.published[key.kid] <= self.now - MAX_AGE
        self.issued.append(Issued(token_by(key, clock), key.kid, clock + HOUR))


def token_by(key: SigningKey, issued: datetime, life: timedelta = HOUR) -> str:
    """Return a token as a key signs it at a moment."""
    claims = {"iat": int(issued.timestamp()), "exp": int((issued + life).timestamp())}
    return sign(claims, kind=Kind.ACCESS_TOKEN, key=key)


def believed(ring: KeyRing, token: str) -> bool:
    """Tell whether a ring believes a token."""
    try:
        verify(token, kind=Kind.ACCESS_TOKEN, keys=ring.verifying(Purpose.ACCESS_TOKEN))
    except InvalidToken:
        return False
    return True


def lived(steps: Iterable[Step]) -> World:
    """Return the world after these steps; everybody has worked after each."""
    world = World()
    world.work()
    for step in steps:
        world.take(step)
        world.work()
    return world


@pytest.mark.threat("I16")
@pytest.mark.threat("60")
@given(STEPS)
def test_any_history_of_keys(steps: list[Step]) -> None:
    """Nothing is signed by a key that could not be fetched, no good token refused, no withdrawn key believed here."""
    lived(steps)


@pytest.mark.threat("I16")
@given(STEPS)
def test_a_thief_of_a_retired_key_signs_nothing_with_it(steps: list[Step]) -> None:
    """What a retired key signs now is refused, however often keys changed since, and so is what outlives it."""
    world = lived(steps)
    ring = KeyRing(world.keys)
    ordered = sorted(world.keys, key=lambda key: (key.not_before, key.kid))
    begun = [key for key in ordered if key.not_before <= world.now]
    for key, after in pairwise(begun):
        assert not believed(ring, token_by(key, after.not_before + timedelta(minutes=1)))
        assert not believed(ring, token_by(key, after.not_before - SECOND, life=timedelta(days=400)))


@pytest.mark.threat("60")
def test_an_older_key_signs_again_when_the_newest_is_withdrawn() -> None:
    """While an older key is still published, a withdrawal leaves no gap, and a new key is on its way."""
    world = lived(["rotate", 361, 60, "withdraw -1"])
    assert KeyRing(world.keys).signing(Purpose.ACCESS_TOKEN, world.now).kid == POOL[0].kid
    assert [key.not_before for key in world.keys] == [LONG_BEFORE, world.now + AHEAD]


@pytest.mark.threat("60")
def test_without_another_key_nothing_is_signed_until_the_next_begins() -> None:
    """Where the only key is withdrawn, its successor waits until nobody can miss it, as every key does."""
    world = lived(["withdraw 0"])
    ring = KeyRing(world.keys)
    with pytest.raises(NoSigningKey):
        ring.signing(Purpose.ACCESS_TOKEN, world.now + AHEAD - SECOND)
    assert ring.signing(Purpose.ACCESS_TOKEN, world.now + AHEAD).kid == POOL[1].kid


def test_keys_that_are_over_go_with_the_next_change() -> None:
    """The row of a key goes when keys change after its life, so that their number does not grow."""
    world = lived(["rotate", 90_000, "rotate"])
    assert [key.kid for key in world.keys] == [POOL[1].kid, POOL[2].kid]


def test_a_key_that_is_not_there_is_not_withdrawn() -> None:
    """Whoever mistypes a name is told so, and no key changes."""
    world = World()
    with pytest.raises(InvalidKey, match="no key `x`"):
        withdrawal(world.keys, "x", world.make, world.now)
