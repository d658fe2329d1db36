"""The names under which operators scrape: conventional, documented, and with labels that nobody can invent."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from delegation.telemetry import metrics
from delegation.telemetry.observing import observer
from tests.processes.host import until
from tests.telemetry.conftest import Watched
from tests.telemetry.registry import DOCUMENTED, METRICS

UNITS = ("_total", "_seconds", "_units", "_revisions", "_rows")
STRANGE = ["/nowhere/%d", "/organizations/x/%d/y", "/%d", "/token/%d", "/.well-known/%d", "/users/%d?q=%d"]


def test_every_counter_is_documented() -> None:
    """The page for operators lists each metric with its kind, its labels and what they can be, and no other."""
    told = {name: (kind, labels) for name, kind, labels in DOCUMENTED}
    assert told == {name: (each.kind, each.labels) for name, each in METRICS.items()}


@pytest.mark.parametrize("name", sorted(METRICS))
def test_names_are_those_of_the_convention(name: str) -> None:
    """A name begins with the service's, and ends with its unit; `_total` is for counters alone."""
    metric = METRICS[name]
    assert re.fullmatch(r"delegation(_[a-z]+)+", name)
    assert name.endswith("_total") is (metric.kind == "counter")
    if metric.kind == "histogram":
        assert name.endswith(UNITS)
    assert metric.help.endswith(".")


def test_gauges_say_what_several_processes_make() -> None:
    """Every gauge ends with the process that set it: what is told of several is what those that live have set."""
    gauges = [each for each in vars(metrics).values() if isinstance(each, Gauge)]
    assert len(gauges) > 5
    assert {each._multiprocess_mode for each in gauges} <= {"livesum", "livemax", "livemin"}  # noqa: SLF001 - unasked


@pytest.mark.threat("47")
def test_a_stranger_makes_no_new_label(watched_server: Watched) -> None:
    """Whatever paths, methods, grants and ids strangers make up, no number is told that was not told before."""
    bother(watched_server, 0)
    # The first round in which the keys are looked at may come later than the first request.
    until(lambda: any(name.startswith("delegation_signing_key_timestamp") for name in names_in(watched_server)))
    before = names_in(watched_server)
    for turn in range(1, 12):
        bother(watched_server, turn)
    assert names_in(watched_server) == before
    scrape = watched_server.scrape()
    assert scrape.of("delegation_requests_total", route="unmatched", status="404") > 30
    assert scrape.of("delegation_requests_total", method="unmatched") >= 12
    assert "invented" not in scrape.text


def names_in(watched: Watched) -> set[str]:
    """Return everything that is told, without its values."""
    return {line.rpartition(" ")[0] for line in watched.scrape().text.splitlines() if line.startswith("delegation_")}


def bother(watched: Watched, turn: int) -> None:
    """Ask for things that there are not."""
    http = watched.server.http
    for path in STRANGE:
        http.get(path.replace("%d", f"invented{turn}"))
    for method in ("PROPFIND", "GET", "POST", "DELETE"):
        http.request(method, f"/organizations/invented{turn}", headers={"X-Request-ID": f"invented{turn}"})
    forms: list[Mapping[str, Any]] = [
        {"grant_type": f"invented{turn}"},
        {"grant_type": "client_credentials", "client_id": f"invented{turn}", "client_secret": "x"},
        {"token": f"invented{turn}"},
    ]
    for form in forms:
        http.post("/token", data=form)
        http.post("/introspect", data=form, auth=(f"invented{turn}", "x"))


@pytest.mark.parametrize("amount", [0.0, 0.0005, 0.00051, 0.3, 10.0, 10.1, 1e9])
def test_what_is_observed_at_little_cost_is_the_same(amount: float) -> None:
    """A histogram that is observed by our own short cut tells what the library's own way makes it tell."""
    theirs, ours = CollectorRegistry(), CollectorRegistry()
    buckets = (0.0005, 0.3, 10.0)
    Histogram("x_seconds", "X.", buckets=buckets, registry=theirs).observe(amount)
    observer(Histogram("x_seconds", "X.", buckets=buckets, registry=ours))(amount)
    assert generate_latest(ours) == generate_latest(theirs)
