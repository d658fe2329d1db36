"""The arithmetic of figures, on samples whose result can be seen."""

from collections.abc import Sequence

import pytest

from benchmarks.figures import Sample, drift, figure_of, percentile, ratio, ratio_by_cpu
from benchmarks.jobs import Outcome


def sample(
    latencies: Sequence[float], *, elapsed: float = 2.0, errors: dict[str, int] | None = None, cpu: float | None = 0.6
) -> Sample:
    """Return what a job of two seconds found; all but errors took no processor time of the generator."""
    outcome = Outcome(elapsed, tuple(latencies), errors or {}, len(latencies), 0.2)
    return Sample(outcome, cpu)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, 1.0), (1, 1.0), (50, 50.0), (98.5, 99.0), (99, 99.0), (99.1, 100.0), (100, 100.0)],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    """A percentile is one of the values: the smallest that the share does not exceed."""
    assert percentile([float(value) for value in range(1, 101)], share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    """A single value is every percentile."""
    assert (percentile([7.0], 50), percentile([7.0], 99)) == (7.0, 7.0)


def test_a_percentile_of_nothing_is_zero() -> None:
    """No answers have no latency, and nothing fails for it."""
    assert percentile([], 99) == 0.0


def test_a_figure_is_made_from_the_answers_that_counted() -> None:
    """Rate, percentiles and processor time follow from the outcome, in requests a second and milliseconds."""
    figure = figure_of([sample([0.004, 0.001, 0.002, 0.003])])

    assert figure.requests_per_second == 2.0
    assert (figure.p50, figure.p95, figure.p99) == (2.0, 4.0, 4.0)
    assert figure.cpu == pytest.approx(150.0)
    assert figure.generator_share == pytest.approx(0.25)
    assert (figure.answers, figure.error_count) == (4, 0)


def test_two_measurements_of_one_endpoint_count_together() -> None:
    """Answers, time and errors of both are added before anything is divided."""
    figure = figure_of(
        [
            sample([0.001] * 10, elapsed=1.0, errors={"status 503": 2}),
            sample([0.003] * 2, elapsed=3.0, errors={"status 503": 1, "closed": 4}),
        ]
    )

    assert figure.requests_per_second == 3.0
    assert (figure.p50, figure.p99) == (1.0, 3.0)
    assert figure.errors == {"status 503": 3, "closed": 4}
    assert figure.error_count == 7


def test_processor_time_that_is_not_known_is_not_guessed() -> None:
    """Where the system does not tell the server's processor time, there is no figure for it."""
    figure = figure_of([sample([0.001]), sample([0.001], cpu=None)])

    assert figure.cpu is None
    assert figure.generator_share == 0.0


def test_a_measurement_without_answers_has_a_figure() -> None:
    """Nothing is divided by zero when every answer was wrong."""
    figure = figure_of([sample([], elapsed=0.0, errors={"closed": 32})])

    assert (figure.requests_per_second, figure.p50, figure.p99, figure.cpu) == (0.0, 0.0, 0.0, None)
    assert figure.error_count == 32


def test_a_ratio_compares_requests_a_second() -> None:
    """An endpoint with half the requests a second of its baseline has the ratio one half."""
    service, bare = figure_of([sample([0.001] * 30)]), figure_of([sample([0.001] * 60)])

    assert ratio(service, bare) == 0.5
    assert ratio(service, figure_of([sample([])])) == 0.0


def test_a_ratio_by_processor_time_needs_both_times() -> None:
    """A request that takes three times the processor time of the baseline's has the ratio one third."""
    service, bare = figure_of([sample([0.001], cpu=0.9)]), figure_of([sample([0.001], cpu=0.3)])

    assert ratio_by_cpu(service, bare) == pytest.approx(1 / 3)
    assert ratio_by_cpu(service, figure_of([sample([0.001], cpu=None)])) is None


def test_drift_is_the_largest_change_within_a_pair() -> None:
    """The pair that changed most tells how quiet the machine was, whichever way it changed."""
    assert drift([(100.0, 90.0), (50.0, 80.0), (0.0, 0.0)]) == pytest.approx(0.375)
    assert drift([]) == 0.0
