"""What all tests share: no network, no silent skips, a still clock, the effort for properties."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.clock import Clock
from tests.loopback import guard

pytest_plugins = ["tests.conformance.plugin", "tests.databases"]

guard()

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory; the names below it are not guessable
ENOUGH: Final = 4 << 30
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH and "TMPDIR" not in os.environ:
    # Thousands of databases are made and written durably, and no test pulls the plug: none of it has to reach a disk.
    tempfile.tempdir = str(MEMORY)

if sys.dont_write_bytecode:
    # Hundreds of processes are started: what they import is compiled once, and not into the tree of who wants it clean.
    COMPILED: Final = tempfile.mkdtemp(prefix="delegation-compiled-")
    atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # it may have been asked for with `python -B`
    os.environ["PYTHONPYCACHEPREFIX"] = COMPILED

# Thousands of servers are started, and what each would keep for a full disk lies in memory; who needs it asks for it.
os.environ.setdefault("DELEGATION_RESERVED_SPACE", "0")
# No balancer has to notice that they end.
os.environ.setdefault("DELEGATION_DRAIN_SECONDS", "0")

# Chosen by `pytest --hypothesis-profile=ci`; a developer's run is quick and the same every time.
settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quick")

AT_ONCE: Final = 3
"""With fewer tests at once processors are idle; each takes some 600 MB."""
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}  # systems say "true", "1", or their name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many tests run at once: most wait half of their time, and those that are slow measure theirs."""
    processors = os.cpu_count() or 1
    return processors if config.getoption("markexpr") == "slow" else max(processors, AT_ONCE)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that was skipped has failed: nobody would read that it was not run."""
    return _without_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a module that was skipped has failed, for the same reason."""
    return _without_skips((yield))


def _without_skips(report: Report) -> Report:
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as a failure in CI: {report.longrepr}"
    return report
