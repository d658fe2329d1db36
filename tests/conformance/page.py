"""Joins clauses and marks: the page that people read, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence

from tests.conformance.clauses import Clause, Level, Stance, Standard
from tests.conformance.marks import Mark

SHOWN = 3  # tests named beside one clause before the rest is only counted

_PREFACE = """\
# Conformance

What the standards ask of this service, how it stands to each clause, and which tests show it.
The clauses are told in our own words; the sections lead to the originals.

Written by `python -m tests.conformance` from [the clauses](../tests/conformance/clauses) and the
marks in the tests; `make check` fails when it is out of date or a MUST that is kept has no test.

Stances: *kept*; *departed*, with the reason; *not-applicable*, what it speaks of is not there;
*later*, it comes with a part that is not built yet.
"""


def problems(standards: Mapping[str, Standard], marks: Sequence[Mark]) -> Iterator[str]:
    """Name every mark that leads nowhere and every kept MUST that no test shows."""
    for mark in marks:
        standard = standards.get(mark.number)
        if standard is None or not standard.lists(mark.section, mark.clauses):
            yield f"{mark.file}: {mark.test} names {_place(mark)}, which no file of clauses lists"
    for standard in standards.values():
        for clause in standard.clauses:
            if _needs_test(clause) and not _tests(standard, clause, marks):
                place = f"{standard.name} §{clause.section}"
                yield f"{place}: `{clause.id}` is kept but no test shows it"


def unfinished(standards: Mapping[str, Standard]) -> Iterator[str]:
    """Name every MUST that still waits for a part that is not built."""
    for standard in standards.values():
        for clause in standard.clauses:
            if clause.level is Level.MUST and clause.stance is Stance.LATER:
                yield f"{standard.name} §{clause.section}: `{clause.id}` is put off: {clause.reason}"


def render(standards: Mapping[str, Standard], marks: Sequence[Mark]) -> str:
    """Write the page as Markdown."""
    parts = [_PREFACE, _summary(standards, marks)]
    parts += [_chapter(standard, marks) for standard in standards.values()]
    return "\n".join(parts)


def _needs_test(clause: Clause) -> bool:
    return clause.level is Level.MUST and clause.stance is Stance.KEPT


def _tests(standard: Standard, clause: Clause, marks: Sequence[Mark]) -> list[Mark]:
    return [mark for mark in marks if mark.shows(standard.number, clause)]


def _place(mark: Mark) -> str:
    clauses = f" ({', '.join(mark.clauses)})" if mark.clauses else ""
    return f"`{mark.number}` §{mark.section}{clauses}"


def _summary(standards: Mapping[str, Standard], marks: Sequence[Mark]) -> str:
    head = ["standard", *Stance, "kept and shown"]
    rows = [_row(head), _row(["---"] * len(head))]
    for standard in standards.values():
        stances = [clause.stance for clause in standard.clauses]
        kept = [clause for clause in standard.clauses if clause.stance is Stance.KEPT]
        shown = sum(bool(_tests(standard, clause, marks)) for clause in kept)
        counts = [str(stances.count(stance)) for stance in Stance]
        rows.append(_row([standard.name, *counts, f"{shown} of {len(kept)}"]))
    return "\n".join(rows) + "\n"


def _chapter(standard: Standard, marks: Sequence[Mark]) -> str:
    rows = [
        f"## {standard.name}: {standard.title}\n",
        _row(["section", "level", "stance", "clause", "shown by"]),
        _row(["---"] * 5),
    ]
    for clause in standard.clauses:
        text = f"{clause.text} *{clause.reason}*" if clause.reason else clause.text
        place = f"[§{clause.section}]({standard.address}#section-{clause.section})"
        tests = _named(_tests(standard, clause, marks))
        rows.append(_row([place, clause.level, clause.stance, text, tests]))
    return "\n".join(rows) + "\n"


def _named(marks: Sequence[Mark]) -> str:
    links = [f"[{mark.test}](../{mark.file})" for mark in marks[:SHOWN]]
    if len(marks) > SHOWN:
        links.append(f"and {len(marks) - SHOWN} more")
    return "<br>".join(links)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
