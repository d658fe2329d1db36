"""What sizes follow from the figures, as the part of the page that a command writes, and as raw figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.report import markdown
from benchmarks.sizing.arithmetic import Need, need
from benchmarks.sizing.constants import Constants
from benchmarks.sizing.workloads import WORKLOADS, WORLD
from benchmarks.tables import Table

_WEIGHTS: Final[Mapping[str, str]] = {
    "delegation_in_memory": "a delegation, in memory",
    "relationship_in_memory": "a relationship, in memory",
    "organization_in_memory": "a small organization of fifteen rows, in memory",
    "token_on_disk": "an issued token, in the database",
    "change_on_disk": "a change of one row, in the database",
    "delegation_on_disk": "a delegation, in the database",
    "check_on_wire": "an introspection and its answer, on the wire",
}
_TIMES: Final[Mapping[str, str]] = {
    "introspection": "an introspection, in the service",
    "exchange": "an exchange with a secret, in the service",
    "cold": "a question about a small organization that is not in memory",
    "followed": "a change, in each process that has the organization in memory",
    "introspection_in_database": "an introspection, in PostgreSQL: its share of a read",
    "exchange_in_database": "an exchange, in PostgreSQL",
    "read": "one freshness read, in PostgreSQL",
    "read_clock": "one freshness read, by the clock on one machine",
    "row_loaded": "a row of a cold organization, by the clock",
}


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run has to say."""

    machine: Mapping[str, Any]
    constants: Constants
    found: Mapping[str, Sequence[Mapping[str, Any]]]
    """What was simulated: rows of `validation`, `spreading`, `cell`."""

    def raw(self) -> dict[str, Any]:
        """Return the run for programs."""
        needs = {each.name: [asdict(line) for line in need(each, self.constants).lines] for each in WORKLOADS}
        return {"machine": dict(self.machine), **self.constants.raw(), "needs": needs, **self.found}

    @classmethod
    def from_raw(cls, members: Mapping[str, Any]) -> "Report":
        """Return the run that `raw` described."""
        found = {name: members[name] for name in ("validation", "spreading", "cell")}
        return cls(members["machine"], Constants.from_raw(members), found)

    def figures(self) -> str:
        """Return what the page shows, as Markdown."""
        facts = self.machine
        told = f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, commit {facts['commit']}."
        return "\n\n".join(
            [
                *_titled("Constants", constants_table(self.constants)),
                *(part for each in WORKLOADS for part in _titled(each.title, need_table(need(each, self.constants)))),
                *_titled("The simulation beside what was measured", validation_table(self.found["validation"])),
                *_titled(f"Spreading organizations over {WORLD.cells} cells", spreading_table(self.found["spreading"])),
                *_titled("A cell of the largest deployment", cell_table(self.found["cell"])),
                f"- {told}",
            ]
        )


def _titled(title: str, rows: Table) -> Iterator[str]:
    yield f"**{title}**"
    yield markdown(rows)


def constants_table(constants: Constants) -> Table:
    """Return the constants, as they are used below."""
    weights = ((title, f"{getattr(constants.weights, name):,.0f}", "bytes", "") for name, title in _WEIGHTS.items())
    times = ((title, f"{getattr(constants.times, name):,.0f}", "µs", "") for name, title in _TIMES.items())
    return [("constant", "measured", "unit", ""), *weights, *times]


def need_table(needed: Need) -> Table:
    """Return what a workload needs, with the arithmetic."""
    rows = ((line.title, f"{line.value:,.3g} {line.unit}".strip(), line.how) for line in needed.lines)
    return [("", "needed", "worked out"), *((title, _plain(value), how) for title, value, how in rows)]


def _plain(value: str) -> str:
    """Return a number without an exponent."""
    number, _, unit = value.partition(" ")
    return f"{float(number.replace(',', '')):,g} {unit}".strip() if "e" in number else value


def validation_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the simulation beside the measurement."""
    return [
        ("", "processes", "measured, a second", "simulated", "off by", "processors it had", ""),
        *(
            (
                each["what"],
                str(each["processes"]),
                f"{each['measured']:,.0f}",
                f"{each['simulated']:,.0f}",
                f"{each['error']:+.0%}",
                f"{each['had']:.2f}",
                "",
            )
            for each in rows
        ),
    ]


def spreading_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return how full the fullest cell is, in even shares."""
    return [
        ("", "the largest organization's share", "by name", "by load", "not in memory", ""),
        *(
            (
                f"power {each['power']:g}",
                f"{each['largest']:.3%}",
                f"{each['by_name']:.2f}",
                f"{each['by_load']:.2f}",
                f"{each['missing']:.1%}",
                "",
            )
            for each in rows
        ),
    ]


def cell_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return how a cell behaves."""
    return [
        ("", "answered/s", "refused", "p50 ms", "p99 ms", "a process busy", "the database busy", "reads/s", ""),
        *(
            (
                each["what"],
                f"{each['answered']:,.0f}",
                f"{each['refused']:.1%}",
                f"{each['p50']:.2f}",
                f"{each['p99']:.2f}",
                f"{each['process']:.0%}",
                f"{each['database']:.0%}",
                f"{each['reads']:,.0f}",
                "",
            )
            for each in rows
        ),
    ]
