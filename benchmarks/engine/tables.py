"""What a run found, as sections of a report."""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.engine.measured import Measured
from benchmarks.engine.sections import GOAL, WHAT, Column, Section, judged
from benchmarks.engine.sizes import SizeFigure

MILLION: Final = 1_000_000
_MICROSECONDS: Final = ",.2f"
_COUNT: Final = ",d"
_AMONG: Final = Column("relationships", "relationships", _COUNT)
_BYTES: Final = 250
_FEWER_BYTES: Final = 220
"""Beyond a million relationships."""
_SECONDS: Final = 10
_LIST_MILLISECONDS: Final = 10
_LIST: Final = 1_000
_CHANGE_MICROSECONDS: Final = 1_000
_MANY_ROLES: Final = 10_000


def sections(measured: Measured) -> tuple[Section, ...]:
    """Return all that was measured, but for what the charts show."""
    several = (checks, memory, loading, lists, roles, relations, peers)
    return tuple(section for section in (make(measured) for make in several) if section.rows)


def checks(measured: Measured) -> Section:
    """Return the check beside the same walk written by hand."""
    rows = tuple(
        {
            "what": check.title,
            "engine": check.engine,
            "by_hand": check.by_hand,
            "times": check.ratio,
            **judged(check.ratio, check.goal, ""),
        }
        for size in measured.sizes
        for check in size.checks
    )
    shown = ("engine", "engine us"), ("by_hand", "by hand us"), ("times", "times")
    columns = (WHAT, *(Column(name, head, _MICROSECONDS) for name, head in shown), GOAL)
    return Section("checks", "A check, beside the same walk written by hand", columns, rows)


def memory(measured: Measured) -> Section:
    """Return what a relationship weighs, and what belongs to the same facts."""
    columns = (
        _AMONG,
        Column("bytes_each", "bytes each", ".0f"),
        Column("permitted", "20 permissions at once, us", ".1f"),
        Column("allowed", "questions allowed", ".0%"),
        GOAL,
    )
    rows = tuple(
        {
            "relationships": size.relationships,
            "bytes_each": size.bytes_each,
            "permitted": size.permitted,
            "allowed": size.allowed,
            **_bytes_goal(size),
        }
        for size in measured.sizes
    )
    return Section("memory", "Memory", columns, rows)


def _bytes_goal(size: SizeFigure) -> dict[str, Any]:
    if size.bytes_each is None:
        return {}
    return judged(size.bytes_each, _BYTES if size.relationships <= MILLION else _FEWER_BYTES, "bytes")


def loading(measured: Measured) -> Section:
    """Return how long loading takes."""
    read = [("index, from lines of text", each.relationships, each.loading) for each in measured.sizes]
    read += [
        ("picture of an organization, from SQLite", each.relationships, each.loading) for each in measured.databases
    ]
    rows = tuple(
        {
            "what": what,
            "relationships": count,
            "seconds": took.seconds,
            "cpu": took.cpu,
            **(judged(took.seconds, _SECONDS, "s") if count == MILLION else {}),
        }
        for what, count, took in read
        if took is not None
    )
    columns = (WHAT, _AMONG, Column("seconds", "seconds", ".2f"), Column("cpu", "CPU seconds", ".2f"), GOAL)
    return Section("loading", "Loading", columns, rows)


def lists(measured: Measured) -> Section:
    """Return lists by their length, and by what lies around them."""
    rows = tuple(
        {
            "relationships": each.relationships,
            "answers": each.answers,
            "objects": each.objects,
            "subjects": each.subjects,
            **(judged(max(each.objects, each.subjects), _LIST_MILLISECONDS, "ms") if each.answers == _LIST else {}),
        }
        for each in measured.listings
    )
    columns = (
        _AMONG,
        Column("answers", "answers", _COUNT),
        Column("objects", "objects, ms", _MICROSECONDS),
        Column("subjects", "subjects, ms", _MICROSECONDS),
        GOAL,
    )
    return Section("lists", "Lists", columns, rows)


def roles(measured: Measured) -> Section:
    """Return what a question takes by the number of roles there are, as the chart has it."""
    chart = next(chart for chart in measured.shapes if chart.name == "catalog")
    alone, *changes = chart.lines
    rows = tuple(
        {
            "what": name,
            "roles": number,
            "took": values[name],
            **(judged(values[name], _CHANGE_MICROSECONDS, "us") if name in changes and number == _MANY_ROLES else {}),
        }
        for name in (alone, *changes)
        for number, values in chart.points
    )
    columns = (WHAT, Column("roles", "roles in the catalog", _COUNT), Column("took", "us", _MICROSECONDS), GOAL)
    return Section("roles", "Changing a role and asking again", columns, rows)


def relations(measured: Measured) -> Section:
    """Return what checks of relations take, without any role."""
    columns = (WHAT, _AMONG, Column("took", "engine us", _MICROSECONDS), Column("allowed", "allowed", ".0%"))
    return Section("relations", "Documents, folders and groups", columns, tuple(_relations(measured)))


def _relations(measured: Measured) -> Iterator[dict[str, Any]]:
    for each in measured.documents:
        among = {"relationships": each.relationships, "allowed": each.allowed}
        yield {"what": "editor: granted here or in a folder above", "took": each.editor, **among}
        yield {"what": "viewer: the same, everyone, but not who is blocked", "took": each.viewer, **among}
    yield {"what": "a relationship without a condition", "relationships": 2, "took": measured.condition.without}
    yield {"what": "a relationship with one, evaluated", "relationships": 2, "took": measured.condition.conditional}


def peers(measured: Measured) -> Section:
    """Return other libraries beside the engine, on the same questions."""
    rows = tuple(
        {
            "what": each.what,
            "version": each.version,
            "relationships": each.relationships,
            "questions": each.questions,
            "took": each.took,
            "engine": each.engine,
            "times": each.times,
            "seconds_to_load": each.seconds_to_load,
        }
        for each in measured.peers
    )
    columns = (
        WHAT,
        Column("version", "version"),
        _AMONG,
        Column("took", "us", _MICROSECONDS),
        Column("engine", "engine us", _MICROSECONDS),
        Column("times", "times", ",.0f"),
        Column("seconds_to_load", "seconds to load", ".2f"),
    )
    return Section("peers", "Other libraries on the same questions", columns, rows)
