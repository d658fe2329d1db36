"""Observing at little cost: what a histogram of the library does, without what it asks itself each time."""

from bisect import bisect_left
from collections.abc import Callable

from prometheus_client import Histogram


def observer(histogram: Histogram) -> Callable[[float], None]:
    """Return what `histogram.observe` does, of one that has no labels or has got them."""
    # The library looks through the buckets one by one, and whether it has labels, whenever it is called.
    bounds = histogram._upper_bounds  # noqa: SLF001 - there is no other way to them
    buckets = [bucket.inc for bucket in histogram._buckets]  # noqa: SLF001 - as above
    add = histogram._sum.inc  # noqa: SLF001 - as above

    def observe(amount: float) -> None:
        add(amount)
        buckets[bisect_left(bounds, amount)](1)

    return observe
