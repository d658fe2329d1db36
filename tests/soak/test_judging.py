"""Judging: what grows is seen through noise, and what does not is not."""

import random

import pytest

from tests.soak.judging import Bound, judged

NOISE = 3.0
BOUND = Bound(0.10, 2)


def series(growth: float, *, points: int = 120, outliers: int = 0) -> list[tuple[float, float]]:
    """Return an hour of noisy values around 100 that grow by so much, with some that lie far off."""
    chance = random.Random(7)
    found = [(n * 3600 / points, 100 + growth * n / points + chance.gauss(0, NOISE)) for n in range(points)]
    for n in chance.sample(range(points), outliers):
        found[n] = (found[n][0], found[n][1] * 5)
    return found


@pytest.mark.parametrize("growth", [0, 5, -50])
def test_what_does_not_grow_beyond_its_bound_is_not_blamed(growth: float) -> None:
    """Noise, a little growth, and a fall are all well."""
    assert not judged("memory", series(growth), BOUND).grows


@pytest.mark.parametrize("growth", [20, 200])
def test_what_grows_is_seen(growth: float) -> None:
    """A slope is found through noise, and about as steep as it is."""
    verdict = judged("memory", series(growth), BOUND)
    assert verdict.grows
    assert abs(verdict.growth - growth) < 5
    assert verdict.surely <= verdict.growth


@pytest.mark.parametrize("growth", [0, 20])
def test_outliers_turn_nothing(growth: float) -> None:
    """A tenth of the values five times too large changes no verdict."""
    assert judged("memory", series(growth, outliers=12), BOUND).grows is (growth == 20)


def test_long_series_are_put_together() -> None:
    """Thousands of measurements are judged as the same hour in fewer."""
    assert abs(judged("memory", series(20, points=5000), BOUND).growth - 20) < 3


def test_the_least_is_nothing() -> None:
    """A descriptor more, where there were ten, is no growth when two more are nothing."""
    steps = [(float(n), 10.0 + (n > 50)) for n in range(100)]
    assert not judged("descriptors", steps, Bound(0, 2)).grows


def test_too_few_measurements_say_nothing() -> None:
    """A verdict needs a series."""
    with pytest.raises(ValueError, match="too few"):
        judged("memory", series(0, points=7), BOUND)
