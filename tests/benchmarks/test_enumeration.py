"""The measure of what the time of answers tells notices a difference, and finds none where there is none."""

import random

import pytest

from benchmarks.enumeration import SUSPICIOUS, Pair, measured, welch


def times(mean: float, count: int = 20_000, seed: int = 1) -> list[int]:
    """Return times around a mean, some of them of a machine that did something else meanwhile."""
    chance = random.Random(seed)
    return [int(chance.gauss(mean, 10_000) + (1e6 if chance.random() < 0.02 else 0)) for _ in range(count)]


def test_times_of_one_kind_are_not_told_apart() -> None:
    """Two samples of the same are below the measure."""
    assert abs(welch(times(400_000), times(400_000, seed=2))) < SUSPICIOUS


@pytest.mark.parametrize("apart", [-1_000, 1_000])
def test_a_microsecond_is_noticed(apart: int) -> None:
    """A difference far below the noise of a single time is found, with its sign."""
    t = welch(times(400_000), times(400_000 + apart, seed=2))
    assert abs(t) > SUSPICIOUS
    assert (t < 0) is (apart > 0)


def test_answers_that_differ_are_not_measured() -> None:
    """Where the text tells already, there is no point in the time; date and request id do not count."""
    pair = Pair("two", b"one", b"other")
    with pytest.raises(ValueError, match="two: the answers differ"):
        measured(lambda request: b"HTTP/1.1 404\r\n\r\n" + request, pair, 1)
    one, other = measured(lambda request: b"HTTP/1.1 404\r\nDate: " + request + b"\r\n\r\nx", pair, 3)
    assert [len(one), len(other)] == [3, 3]
