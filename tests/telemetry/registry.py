"""What there is to scrape, and what the page for operators says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

from delegation.telemetry import metrics
from tests.durability.server import ROOT

OPERATIONS: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_ROW: Final = re.compile(r"^\| `(delegation_\w+)` \| (counter|gauge|histogram) \| ([^|]*) \| [^|]+ \|$", re.MULTILINE)


@dataclass(frozen=True)
class Described:
    """A metric as it is scraped."""

    kind: str
    labels: tuple[str, ...]
    help: str


def _described() -> Mapping[str, Described]:
    made = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    found = {}
    for each in made:
        (told,) = each.describe()
        name = f"{told.name}_total" if told.type == "counter" else told.name
        found[name] = Described(told.type, tuple(each._labelnames), told.documentation)  # noqa: SLF001 - told by no one
    return {**found, "delegation_build_info": Described("gauge", ("version", "python"), "The release that runs.")}


METRICS: Final = _described()
"""Every metric of ours, by the name under which it is scraped."""
DOCUMENTED: Final = [
    (name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in _ROW.findall(OPERATIONS)
]
"""Name, kind and labels of each metric, as the page has them."""
