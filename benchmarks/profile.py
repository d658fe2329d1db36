"""Where the time goes: the service in this process, under load, looked at twice.

First by samples, which tell shares; then by cProfile (or pyinstrument, where it is installed), which tells functions
and how often they are called, but makes what is called often look dearer than it is.
"""

import asyncio
import cProfile
import gc
import pstats
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import uvicorn
import uvloop
from pydantic import SecretStr

from benchmarks.bare import SERVING
from benchmarks.children import UNREACHED, Deployment, free_port
from benchmarks.driver import drive
from benchmarks.jobs import Job, Outcome
from benchmarks.organization import Size
from benchmarks.plan import SERVICE, Endpoint, Occasion
from benchmarks.sampling import Sampler
from benchmarks.world import furnish
from delegation.app.clock import utc_now
from delegation.app.logs import configure
from delegation.app.preparation import prepare
from delegation.app.serving import application
from delegation.settings import Settings

_SHORT: Final = {"exchange": "exchange-receipt"}
_NAMES: Final = {endpoint.name: endpoint for endpoint in SERVICE}
_WARM_UP: Final = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """How long to look, and how much to show."""

    endpoint: Endpoint
    seconds: float
    connections: int
    top: int


@asynccontextmanager
async def serving(deployment: Deployment) -> AsyncIterator[None]:
    """Serve the deployment in this event loop until the block ends, as `delegation run` does."""
    settings = Settings(
        issuer=deployment.issuer,
        port=deployment.port,
        data_directory=deployment.directory,
        administrator_secret=SecretStr(deployment.administrator),
        token_lifetime=3_600,
        caller_limit=int(UNREACHED),
        organization_limit=int(UNREACHED),
        development_identity_provider=True,
    )
    configure(quiet=True)
    await prepare(settings, clock=utc_now, instance="prepare")
    gc.collect()
    gc.freeze()  # As `delegation run` does.
    server = uvicorn.Server(uvicorn.Config(application(settings), port=deployment.port, **SERVING))
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _job(look: Look, occasion: Occasion) -> Job:
    return Job(
        port=occasion.world.deployment.port,
        connections=look.connections,
        warm_up=_WARM_UP,
        seconds=look.seconds,
        requests=look.endpoint.requests(occasion),
        marker=look.endpoint.marker,
        once=look.endpoint.once,
    )


async def _during(job: Job, start: Callable[[], object], stop: Callable[[], object]) -> Outcome:
    """Carry out a job in a process of its own, looking at this one from the end of the warm-up to the end."""
    driving = asyncio.create_task(asyncio.to_thread(drive, job))
    await asyncio.sleep(job.warm_up + 0.5)
    start()
    await asyncio.sleep(job.seconds - 0.5)
    stop()
    return await driving


async def profile(look: Look) -> None:
    """Print where the time of an endpoint goes."""
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), free_port())
        async with serving(deployment):
            size = Size(assignments=500)
            world = await asyncio.to_thread(furnish, deployment, size)
            occasion = await asyncio.to_thread(Occasion.of, world, size, look.seconds + _WARM_UP)
            job = await asyncio.to_thread(_job, look, occasion)
            sampler = Sampler()
            outcome = await _during(job, sampler.start, sampler.stop)
            _tell_shares(look, outcome, sampler)
            job = await asyncio.to_thread(_job, look, occasion)
            await (_with_pyinstrument if find_spec("pyinstrument") else _with_cprofile)(look, job)


def _tell_shares(look: Look, outcome: Outcome, sampler: Sampler) -> None:
    rate = len(outcome.latencies) / outcome.elapsed
    print(f"{look.endpoint.title}: {rate:,.0f} requests/s in this process, errors: {outcome.errors or 'none'}\n")
    for generation, collected in enumerate(sampler.collections):
        share = collected.seconds / sampler.elapsed
        print(
            f"garbage collection, generation {generation}: {share:.1%} of the time, {collected.times} times, "
            f"the longest {collected.longest * 1e3:,.1f} ms"
        )
    print()
    for name, samples in sorted(sampler.threads.items(), key=lambda item: -item[1].cpu):
        if samples.cpu < sampler.elapsed / 100:
            continue
        share, each = samples.cpu / sampler.elapsed, samples.cpu / sampler.elapsed / rate
        print(f"thread {name}: {share:.0%} of a core, {each * 1e6:,.0f} microseconds of processor a request")
        print("  found in (share of all moments; waiting, for the interpreter lock too, included)")
        for room, count in samples.rooms.most_common():
            print(f"    {count / samples.taken:6.1%}  {room}")
        print("  innermost functions")
        for function, count in samples.functions.most_common(look.top // 2):
            print(f"    {count / samples.taken:6.1%}  {function}")
        print()


async def _with_cprofile(look: Look, job: Job) -> None:
    profiler = cProfile.Profile()
    outcome = await _during(job, profiler.enable, profiler.disable)
    print(f"cProfile of the event loop's thread, {len(outcome.latencies):,} requests (slowed by it):")
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(look.top)


async def _with_pyinstrument(_: Look, job: Job) -> None:
    # Imported by name: it is no dependency, only used where it happens to be.
    profiler = import_module("pyinstrument").Profiler(async_mode="disabled")
    await _during(job, profiler.start, profiler.stop)
    print(profiler.output_text(unicode=True, color=sys.stdout.isatty()))


@click.command()
@click.argument("name", type=click.Choice(sorted([*_NAMES, *_SHORT])), metavar="introspect|evaluate|exchange|...")
@click.option("--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="How long to look.")
@click.option("--connections", type=click.IntRange(1, 1_000), default=32, show_default=True)
@click.option("--top", type=click.IntRange(1, 200), default=30, show_default=True, help="How many functions to show.")
def main(name: str, seconds: float, connections: int, top: int) -> None:
    """Show where the time of one endpoint goes."""
    look = Look(_NAMES[_SHORT.get(name, name)], seconds, connections, top)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(profile(look))


if __name__ == "__main__":
    main()
