"""The picture: every panel with its title, its lines, and ticks with units."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from benchmarks.chart import Chart
from benchmarks.drawing import Axis, duration, picture, round_step, short

CHART = Chart(
    "c", "Depth & more", "levels", [(1, {"allowed": 2.0, "refused": 30.0}), (1_000, {"allowed": 9.0, "refused": 500.0})]
)


def texts(svg: str) -> list[str]:
    """Return every text in a picture."""
    elements = fromstring(svg).iter()  # noqa: S314 - our own picture
    return ["".join(element.itertext()) for element in elements if element.tag.endswith("}text")]


def test_a_panel_names_what_it_shows() -> None:
    """Title, axes with units and the lines are written out, and nothing breaks the XML."""
    assert texts(picture([CHART])) == [
        *("Depth & more", "1 µs", "10 µs", "100 µs", "1 ms", "1", "1 k", "levels", "allowed", "refused")
    ]


def test_a_line_has_a_dot_for_each_point() -> None:
    """Nothing is drawn that was not measured: two lines of two points each."""
    assert picture([CHART]).count("<circle") == 4


def test_everything_lies_within_the_picture() -> None:
    """Panels stand in rows of three, and no dot leaves its panel."""
    svg = picture([CHART] * 4)
    across, down = (float(each) for each in re.findall(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)[0])

    assert svg.count("<g ") == 4
    assert all(
        float(x) < across / 3 and float(y) < down / 2 for x, y in re.findall(r'cx="([0-9.]+)" cy="([0-9.]+)"', svg)
    )


def test_a_single_point_can_be_drawn() -> None:
    """A chart with one point still has axes."""
    assert picture([Chart("c", "One", "levels", [(1, {"allowed": 1.0})])]).count("<circle") == 1


def test_an_even_axis_begins_at_nothing_and_has_round_steps() -> None:
    """A cost that doubles is drawn twice as high, and what stands at the steps can be read."""
    chart = Chart("c", "Even", "levels", [(1, {"a": 130.0}), (2, {"a": 410.0})], even=True, even_across=True)

    assert texts(picture([chart]))[1:7] == ["0", "100 µs", "200 µs", "300 µs", "400 µs", "500 µs"]
    assert Axis(0, 500, 0.0, 100.0, even=True).place(250) == 50.0


@pytest.mark.parametrize(("reach", "step"), [(5, 1), (5.1, 2), (11, 5), (410, 100), (0.4, 0.1), (1_000, 200)])
def test_steps_are_round(reach: float, step: float) -> None:
    """At most five steps fit, and each is a one, a two or a five with noughts."""
    assert round_step(reach) == pytest.approx(step)


def test_an_axis_is_logarithmic() -> None:
    """Half of the way is the square root."""
    assert Axis(0, 4, 0.0, 100.0).place(100) == 50.0


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0.1, "0.1 µs"), (1, "1 µs"), (100, "100 µs"), (1_000, "1 ms"), (10_000, "10 ms"), (1_000_000, "1 s")],
)
def test_a_duration_has_the_unit_that_suits_it(microseconds: float, text: str) -> None:
    """No axis says ten thousand microseconds."""
    assert duration(microseconds) == text


@pytest.mark.parametrize(("number", "text"), [(64, "64"), (1_000, "1 k"), (10_000, "10 k"), (1_000_000, "1 M")])
def test_a_number_is_short(number: int, text: str) -> None:
    """A tick has room for few characters."""
    assert short(number) == text
