"""What one request costs a server: its processor time, which other work on the machine hardly bends."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.children import Server
from benchmarks.driver import sampled
from benchmarks.figures import figure_of
from benchmarks.jobs import Job


class WrongAnswer(Exception):
    """Some answers were not as expected; the text says which."""


@dataclass(frozen=True, slots=True)
class Load:
    """How a server is driven for one point of a picture."""

    seconds: float
    connections: int = 16
    rounds: int = 2
    """How often; the smallest processor time counts."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request cost."""

    microseconds: float
    """Of processor time, all threads and processes of the server together."""
    requests_per_second: float
    generator: float
    """Microseconds of processor time that the load generator took for a request, where it shares the cores."""


def cost_of(server: Server, port: int, requests: Sequence[str], marker: str, load: Load) -> Cost:
    """Return what a request costs. Raises WrongAnswer, GeneratorFailed, and OSError where the system does not tell."""
    job = Job(port, load.connections, load.seconds / 4, load.seconds, tuple(requests), marker)
    figures = [figure_of([sampled(server, job)]) for _ in range(load.rounds)]
    for figure in figures:
        if figure.error_count:
            raise WrongAnswer(str(dict(figure.errors)))
    known = [figure.cpu for figure in figures if figure.cpu is not None]
    if not known:
        raise OSError("this system does not tell the processor time of another process")
    fastest = max(figures, key=lambda figure: figure.requests_per_second)
    least = min(known) * 1_000
    share = fastest.generator_share
    return Cost(least, fastest.requests_per_second, (fastest.cpu or 0) * 1_000 * share / (1 - share))
