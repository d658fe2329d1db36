"""A run of everything at the smallest sizes, made once, and a collector that is left as it was found."""

import gc
from collections.abc import Callable, Iterator
from typing import Final, ParamSpec, TypeVar

import pytest

from benchmarks.engine.measured import Effort, Measured
from benchmarks.engine.run import run

P = ParamSpec("P")
R = TypeVar("R")

EFFORT: Final = Effort(sizes=(2_000, 4_000), peers=(2_000,), answers=(2, 5), fixed=2, questions=20, most=1)


def here(measure: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what a function returns in this very process."""
    return measure(*args, **kwargs)


@pytest.fixture(scope="package")
def measured() -> Measured:
    """A run of every part."""
    return run(EFFORT, lambda _: None, here)


@pytest.fixture(scope="package", autouse=True)
def thawed() -> Iterator[None]:
    """Let the collector see again what a measurement kept out of its way."""
    yield
    gc.unfreeze()
