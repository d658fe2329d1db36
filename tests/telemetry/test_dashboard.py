"""The dashboard and the alerts ask for what there is, and each alert says what to do."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.durability.server import ROOT
from tests.telemetry.registry import METRICS
from tests.test_style import anchors

DASHBOARD: Final = ROOT / "deploy" / "grafana" / "delegation.json"
ALERTS: Final = ROOT / "deploy" / "prometheus" / "alerts.yaml"
OF_THE_LIBRARY: Final = {"process_resident_memory_bytes", "process_cpu_seconds_total", "up"}
LABELS_OF_SCRAPING: Final = {"job", "instance", "worker", "le"}
ROWS: Final = {
    *("Traffic", "Errors", "Latency", "Decisions", "Commit"),
    *("Freshness and lag", "Memory", "Shed", "Seals and keys"),
}

_METRIC: Final = re.compile(r"\b(?:delegation|process)_\w+\b|\bup\b")
_MATCHERS: Final = re.compile(r"(\w+)\{([^}]*)\}")
_LABEL: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"[^\"]*\"")
_BY: Final = re.compile(r"\bby \(([^)]*)\)")
_LEGEND: Final = re.compile(r"\{\{(\w+)\}\}")


def panels() -> list[dict[str, Any]]:
    """Return everything on the dashboard."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def rules() -> list[dict[str, Any]]:
    """Return the alerts."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every expression with the place that it stands at."""
    for panel in panels():
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"]


def scraped_names() -> dict[str, set[str]]:
    """Return every name that a scrape has, with its labels."""
    names = {name: {"job", "instance", "worker"} for name in OF_THE_LIBRARY}
    for name, metric in METRICS.items():
        suffixes = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        for suffix in suffixes:
            names[name + suffix] = {*metric.labels, "job", "instance", *(["le"] if suffix == "_bucket" else [])}
    return names


EXPRESSIONS: Final = sorted(expressions())


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS)
def test_every_expression_asks_for_what_is_scraped(place: str, expression: str) -> None:
    """Each name is one that a scrape has, with its suffix, and each label is one of its own."""
    names = scraped_names()
    used = set(_METRIC.findall(expression))
    assert used, place
    assert used <= names.keys()
    for name, matchers in _MATCHERS.findall(expression):
        assert set(_LABEL.findall(matchers)) <= names[name]
    grouped = {label.strip() for group in _BY.findall(expression) for label in group.split(",")}
    assert grouped <= set().union(*(names[name] for name in used))


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS)
def test_every_expression_is_whole(place: str, expression: str) -> None:
    """Brackets close what they open, and a counter is looked at by its rate alone."""
    opened = []
    for character in expression:
        if character in "([{":
            opened.append(character)
        elif character in ")]}":
            assert opened, place
            assert {"(": ")", "[": "]", "{": "}"}[opened.pop()] == character
    assert not opened
    for counted in re.findall(r"(\w*)\(?\s*(?:delegation|process)_\w+(?:_total|_bucket|_count|_sum)\b", expression):
        assert counted == "rate"


def test_a_wrong_expression_is_noticed() -> None:
    """What asks for a name, a suffix or a label that there is not is refused by the checks above."""
    wrong = ["delegation_nothing_total", "delegation_requests", 'delegation_seals_total{route="x"}']
    for expression in wrong:
        with pytest.raises(AssertionError):
            test_every_expression_asks_for_what_is_scraped("here", expression)
    for expression in ("sum(rate(delegation_seals_total[5m])", "sum(delegation_seals_total)"):
        with pytest.raises(AssertionError):
            test_every_expression_is_whole("here", expression)


def test_the_dashboard_has_what_somebody_on_call_needs() -> None:
    """There is a row for each thing that can go wrong, and none is empty; no two things lie upon each other."""
    every = panels()
    assert {panel["title"] for panel in every if panel["type"] == "row"} == ROWS
    assert len({panel["id"] for panel in every}) == len(every)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in every}
    assert len(places) == len(every)
    kinds = [panel["type"] for panel in every]
    assert "row row" not in " ".join(kinds)
    shown = {name for place, expression in EXPRESSIONS if "panel" in place for name in _METRIC.findall(expression)}
    missing = {name for name in METRICS if not any(each.startswith(name) for each in shown)}
    assert missing == set()


def test_legends_name_labels_that_are_left() -> None:
    """A legend names what the expression groups by."""
    for panel in panels():
        for target in panel.get("targets", ()):
            kept = {label.strip() for group in _BY.findall(target["expr"]) for label in group.split(",")}
            assert set(_LEGEND.findall(target["legendFormat"])) <= kept | {"instance", "worker"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    """An alert waits before it wakes somebody, says what is wrong in a sentence, and leads to what can be done."""
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / page)
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["for"]
    assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus' own checker is not installed")
def test_prometheus_itself_reads_the_alerts(tmp_path: Path) -> None:
    """The program that comes with Prometheus finds nothing wrong with the alerts, nor with a panel."""
    rules = [{"alert": "A", "expr": re.sub(r"\$\w+", "5m", text)} for place, text in EXPRESSIONS if "panel" in place]
    (tmp_path / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    command = ["promtool", "check", "rules", str(ALERTS), str(tmp_path / "panels.yaml")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
