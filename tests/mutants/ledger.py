"""The mutants that are known to survive, each with the reason why no test could or should notice it."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

WRITTEN = Path(__file__).with_name("survivors.toml")


class Mutant(NamedTuple):
    """A mutant by what it changes, which stays the same when something else in the module changes."""

    module: str
    function: str
    was: str
    now: str

    @override
    def __str__(self) -> str:
        return f"{self.module} {self.function}\n  - {self.was}\n  + {self.now}"


def explained(text: str | None = None) -> Counter[Mutant]:
    """Every mutant that an entry of the ledger explains, as often as it does; an entry without a reason is refused."""
    entries = tomllib.loads(WRITTEN.read_text("utf-8") if text is None else text).get("survivor", [])
    for entry in entries:
        if not entry["reason"].strip():
            message = f"no reason is given for {entry['was']!r}"
            raise ValueError(message)
    return Counter(Mutant(each["module"], each["function"], each["was"], each["now"]) for each in entries)


def unexplained(survivors: Iterable[Mutant], known: Counter[Mutant]) -> list[Mutant]:
    """The survivors of which the ledger does not speak."""
    return sorted((Counter(survivors) - known).elements())


def outdated(survivors: Iterable[Mutant], known: Counter[Mutant]) -> list[Mutant]:
    """What the ledger explains although it does not survive, or is no more."""
    return sorted((known - Counter(survivors)).elements())
