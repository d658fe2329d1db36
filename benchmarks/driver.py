"""Starts the load generator and waits for what it tells."""

import subprocess
import sys
from typing import Final

from benchmarks.children import Server
from benchmarks.figures import Sample
from benchmarks.jobs import Job, Outcome

_START: Final = 20.0
"""Seconds the generator may need beside the job itself: to start, to connect, to write."""


class GeneratorFailed(Exception):
    """The load generator did not carry out its job; the text is what it said."""


def drive(job: Job) -> Outcome:
    """Return the outcome of a job. Raises GeneratorFailed when there is none in time."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.generator"],
            input=job.encoded() + "\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=job.warm_up + job.seconds + _START,
        )
    except subprocess.TimeoutExpired:
        raise GeneratorFailed("the load generator did not end in time") from None
    if ended.returncode != 0:
        raise GeneratorFailed(ended.stderr.strip() or "the load generator said nothing")
    try:
        return Outcome.decoded(ended.stdout)
    except ValueError as error:
        raise GeneratorFailed(f"the load generator's outcome cannot be read: {error}") from error


def sampled(server: Server, job: Job) -> Sample:
    """Return the outcome of a job, and the processor time that the server took for it. Raises GeneratorFailed."""
    before = server.cpu()
    outcome = drive(job)
    after = server.cpu()
    return Sample(outcome, None if before is None or after is None else after - before)
