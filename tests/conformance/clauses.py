"""The clauses of each standard and our stance towards them, read from `clauses/*.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FOLDER = Path(__file__).parent / "clauses"


class ClauseError(ValueError):
    """A file of clauses says something that it must not say."""


class Level(StrEnum):
    """How strongly the standard asks, as BCP 14 ranks it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Stance(StrEnum):
    """What we do about a clause."""

    KEPT = "kept"
    DEPARTED = "departed"
    NOT_APPLICABLE = "not-applicable"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing a standard asks, in our words; a stance other than kept has its reason."""

    id: str
    section: str
    level: Level
    stance: Stance
    text: str
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse a stance that a reader of the page would have to guess at."""
        if (self.stance is Stance.KEPT) == bool(self.reason):
            message = f"clause `{self.id}`: a reason belongs to every stance but `kept`"
            raise ClauseError(message)


@dataclass(frozen=True, slots=True)
class Standard:
    """One document and its clauses, in the order of the document."""

    number: str
    name: str
    title: str
    address: str
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        """Refuse two clauses of one name."""
        ids = [clause.id for clause in self.clauses]
        if repeated := {id for id in ids if ids.count(id) > 1}:
            message = f"{self.name} names a clause twice: {', '.join(sorted(repeated))}"
            raise ClauseError(message)

    def lists(self, section: str, clauses: tuple[str, ...] = ()) -> bool:
        """Tell whether the section is listed and holds every one of `clauses`."""
        ids = {clause.id for clause in self.clauses if clause.section == section}
        return bool(ids) and ids.issuperset(clauses)


def load(folder: Path = FOLDER) -> dict[str, Standard]:
    """Read every file of the folder; the answer is keyed by the standard's number, in order."""
    standards = (_standard(path) for path in folder.glob("*.toml"))
    return {each.number: each for each in sorted(standards, key=_order)}


def _order(standard: Standard) -> tuple[int, str]:
    number = standard.number
    return (int(number) if number.isdecimal() else 1_000_000, number)


def _standard(path: Path) -> Standard:
    document = tomllib.loads(path.read_text("utf-8"))
    try:
        clauses = tuple(_clauses(document.pop("clause")))
        return Standard(**document, clauses=clauses)
    except (KeyError, TypeError, ValueError) as wrong:
        message = f"{path.name}: {wrong}"
        raise ClauseError(message) from wrong


def _clauses(tables: list[Mapping[str, str]]) -> Iterator[Clause]:
    for table in tables:
        members = dict(table)
        level, stance = Level(members.pop("level")), Stance(members.pop("stance"))
        yield Clause(**members, level=level, stance=stance)
