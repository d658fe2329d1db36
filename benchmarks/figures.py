"""Figures: what many answers amount to, and how that compares."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil

from benchmarks.jobs import Outcome


@dataclass(frozen=True, slots=True)
class Sample:
    """One job done by a server."""

    outcome: Outcome
    server_cpu: float | None
    """Seconds of processor time that the server took for it; None where the system does not tell."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one endpoint does. Times in milliseconds."""

    requests_per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float | None
    """Processor time of the server for one request, on all cores; None where the system does not tell."""
    answers: int
    """How many good answers the rate and the percentiles are made from."""
    errors: Mapping[str, int]
    generator_share: float
    """Processor time of the load generator for one request, as a share of what both took; 0 if not known."""

    @property
    def error_count(self) -> int:
        """How many answers were not as expected."""
        return sum(self.errors.values())


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """A check in process beside the same walk written by hand. Times in microseconds."""

    title: str
    engine: float
    by_hand: float
    goal: float = 2.0
    """How many times as long the engine may take."""

    @property
    def ratio(self) -> float:
        """How many times as long the engine takes."""
        return self.engine / self.by_hand


def figure_of(samples: Sequence[Sample]) -> Figure:
    """Return what equal jobs amount to together."""
    outcomes = [sample.outcome for sample in samples]
    latencies = sorted(chain.from_iterable(outcome.latencies for outcome in outcomes))
    elapsed = sum(outcome.elapsed for outcome in outcomes)
    answered = sum(outcome.answered for outcome in outcomes)
    errors: Counter[str] = Counter()
    for outcome in outcomes:
        errors.update(outcome.errors)
    known = [sample.server_cpu for sample in samples if sample.server_cpu is not None]
    server = sum(known) if len(known) == len(samples) else None
    generator = sum(outcome.generator_cpu for outcome in outcomes)
    return Figure(
        requests_per_second=len(latencies) / elapsed if elapsed else 0.0,
        p50=percentile(latencies, 50) * 1_000,
        p95=percentile(latencies, 95) * 1_000,
        p99=percentile(latencies, 99) * 1_000,
        cpu=server / answered * 1_000 if server is not None and answered else None,
        answers=len(latencies),
        errors=dict(errors),
        generator_share=generator / (generator + server) if server else 0.0,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` percent do not exceed; 0 where there are no values."""
    if not ordered:
        return 0.0
    return ordered[max(ceil(len(ordered) * share / 100), 1) - 1]


def ratio(figure: Figure, baseline: Figure) -> float:
    """Return how many requests a second there are for one of the baseline; 0 where the baseline has none."""
    return figure.requests_per_second / baseline.requests_per_second if baseline.requests_per_second else 0.0


def ratio_by_cpu(figure: Figure, baseline: Figure) -> float | None:
    """Return the same ratio as processor time has it, which neighbours hardly bend; None if that is not known."""
    return baseline.cpu / figure.cpu if baseline.cpu and figure.cpu else None


def drift(rates: Iterable[tuple[float, float]]) -> float:
    """Return the largest change between the two rates of a pair, as a share of the greater."""
    return max((abs(one - two) / max(one, two) for one, two in rates if max(one, two)), default=0.0)
