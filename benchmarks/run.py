"""One run: the service is furnished once, then measured between two measurements of the bare endpoint."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import children
from benchmarks.children import Deployment, Server
from benchmarks.driver import sampled
from benchmarks.effort import CALM, Effort
from benchmarks.figures import Figure, Sample, drift, figure_of, ratio, ratio_by_cpu
from benchmarks.jobs import Job
from benchmarks.plan import BARE, SERVICE, Endpoint, Occasion
from benchmarks.world import furnish


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint and what it does; in relation to its baseline, unless it is one."""

    endpoint: Endpoint
    figure: Figure
    ratio: float | None = None
    ratio_by_cpu: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.ratio is None or self.endpoint.goal is None:
            return None
        return self.ratio >= self.endpoint.goal


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run has found."""

    rows: tuple[Row, ...]
    calm: tuple[tuple[Endpoint, Figure], ...]
    """What is published about latency, measured while the server had time."""
    drift: float
    """How much the bare endpoints differ between the beginning and the end of the run, as a share."""

    @property
    def error_count(self) -> int:
        """How many answers of the run were not as expected."""
        return sum(figure.error_count for figure in (*(row.figure for row in self.rows), *dict(self.calm).values()))


def run(endpoints: Sequence[Endpoint], effort: Effort, tell: Callable[[str], None]) -> Measured:
    """Return what the endpoints do; `tell` hears what is being done.

    Raises NotFurnished, ServerFailed and GeneratorFailed.
    """
    bare = [endpoint for endpoint in endpoints if endpoint in BARE]
    served = [endpoint for endpoint in endpoints if endpoint in SERVICE]
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), children.free_port())
        tell("furnishing the world")
        with children.service(deployment):
            world = furnish(deployment, effort.size)
            occasion = Occasion.of(world, effort.size, effort.seconds + effort.warm_up)
        measuring = _Measuring(occasion, effort, tell)
        measuring.measure(children.bare, bare)
        measuring.measure(children.service, served)
        measuring.measure(children.bare, bare)
    return measuring.result(endpoints)


class _Measuring:
    """Keeps what has been measured so far."""

    def __init__(self, occasion: Occasion, effort: Effort, tell: Callable[[str], None]) -> None:
        self._occasion = occasion
        self._effort = effort
        self._tell = tell
        self._samples: defaultdict[str, list[Sample]] = defaultdict(list)
        self._calm: list[tuple[Endpoint, Figure]] = []

    def measure(
        self, serve: Callable[[Deployment], AbstractContextManager[Server]], endpoints: Sequence[Endpoint]
    ) -> None:
        """Start a server, measure endpoints of it one after the other, stop it."""
        if not endpoints:
            return
        with serve(self._occasion.world.deployment) as server:
            for endpoint in endpoints:
                self._tell(f"measuring {endpoint.name}")
                self._samples[endpoint.name].append(sample(server, endpoint, self._occasion, self._effort))
            for endpoint in (each for each in endpoints if each.calm):
                self._tell(f"measuring {endpoint.name} while the server has time")
                few = replace(self._effort, connections=min(CALM, self._effort.connections))
                self._calm.append((endpoint, figure_of([sample(server, endpoint, self._occasion, few)])))

    def result(self, endpoints: Iterable[Endpoint]) -> Measured:
        """Return the figures of all that was measured."""
        figures = {name: figure_of(samples) for name, samples in self._samples.items()}
        rows = tuple(_row(endpoint, figures) for endpoint in endpoints)
        twice = (samples for samples in self._samples.values() if len(samples) > 1)
        return Measured(rows, tuple(self._calm), drift((_rate(samples[0]), _rate(samples[-1])) for samples in twice))


def sample(server: Server, endpoint: Endpoint, occasion: Occasion, effort: Effort) -> Sample:
    """Return what a server does under load on one endpoint. Raises GeneratorFailed."""
    job = Job(
        port=occasion.world.deployment.port,
        connections=effort.connections,
        warm_up=effort.warm_up,
        seconds=effort.seconds,
        requests=endpoint.requests(occasion),
        marker=endpoint.marker,
        once=endpoint.once,
    )
    return sampled(server, job)


def _rate(sample: Sample) -> float:
    return figure_of([sample]).requests_per_second


def _row(endpoint: Endpoint, figures: Mapping[str, Figure]) -> Row:
    figure = figures[endpoint.name]
    if endpoint.baseline is None:
        return Row(endpoint, figure)
    baseline = figures[endpoint.baseline]
    return Row(endpoint, figure, ratio(figure, baseline), ratio_by_cpu(figure, baseline))
