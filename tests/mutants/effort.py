"""The pytest plugin that keeps a run under one mutant short: few random worlds, quick tests first, none without end.

mutmut switches a mutant on in a process that has imported the tests and run them once. So the test modules are imported
anew and what functions remember is forgotten: models at the top of a module, above all, must be made by the mutant.
"""

import json
import os
import resource
import sys
import time
from functools import _lru_cache_wrapper, cache
from pathlib import Path

import pytest
from hypothesis import Phase, settings

WORLDS = 25
"""How many random worlds a test looks at that would look at more."""

PATIENCE = 5.0
"""How many times longer than before a test may compute, and how many seconds beyond that, until its process ends."""

UNDER_MUTANT = "__mutmut_"
WANTED: set[str] = set()

# Nobody reads the smallest example that shows a mutant.
settings.register_profile(
    "mutants",
    max_examples=WORLDS // 2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


def pytest_configure(config: pytest.Config) -> None:
    """Forget the test modules, and what functions of the engine remember, when a mutant is switched on."""
    # A test whose name has a backslash is not found by its name, and pytest gives up; that would count as a kill.
    WANTED.clear()
    WANTED.update(name for name in config.args if "::" in name)
    config.args = sorted({name.partition("::")[0] for name in config.args})
    if not is_under_mutant():
        return
    for name in [name for name in sys.modules if name.startswith("tests.authz_core")]:
        del sys.modules[name]
    for module in [module for name, module in sys.modules.items() if name.startswith("authz_core")]:
        for each in vars(module).values():
            if isinstance(each, _lru_cache_wrapper):
                each.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that are wanted, in order of the time they took before, and lower their number of worlds."""
    if WANTED:
        items[:] = [item for item in items if item.nodeid in WANTED]
    for module in {item.module for item in items if isinstance(item, pytest.Function)}:
        if hasattr(module, "WORLDS"):
            module.WORLDS = min(module.WORLDS, WORLDS)
    took = durations()
    items.sort(key=lambda item: took.get(item.nodeid, 0.0))


def pytest_runtest_call(item: pytest.Item) -> None:
    """End the process when a mutant keeps a test from ending, by the time of the processor and not of the clock."""
    if is_under_mutant():
        seconds = time.process_time() + PATIENCE * (1 + durations().get(item.nodeid, 0.0))
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) if most < 0 else min(int(seconds), most), most))


def is_under_mutant() -> bool:
    """Whether this process is there for one mutant."""
    return UNDER_MUTANT in os.environ.get("MUTANT_UNDER_TEST", "")


@cache
def durations() -> dict[str, float]:
    """How many seconds each test took before, so far as that is known."""
    written = Path("mutmut-stats.json")
    return json.loads(written.read_text("utf-8"))["duration_by_test"] if written.exists() else {}
