"""Runs mutmut in a copy of the tree, so that the tree itself stays as it is, and reads what it found."""

import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

from tests.mutants.ledger import Mutant
from tests.mutants.rooms import ROOT, Room

NEEDED = ("authz_core", "delegation", "tests", "policies", "pyproject.toml")
SETTINGS = "[tool.mutmut]\n"

# What pytest says in the end, or the operating system in its place.
NOTICED = frozenset({1, 2, 3})
ENDLESS = frozenset({-24, 24, 36, 152, 255})
UNNOTICED = frozenset({0, 5, 33})


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the mutants of one module."""

    module: str
    outcomes: Counter[str]
    survivors: tuple[Mutant, ...]
    made: int

    @property
    def killed(self) -> int:
        """How many were noticed, by a failure or because nothing came to an end."""
        return self.outcomes["killed"]


def furnish(place: Path, room: Room) -> None:
    """Copy what the tests of a room need, with settings that mutate its modules alone."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *NEEDED]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in names.stdout.splitlines():
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    settings = (place / "pyproject.toml").read_text("utf-8")
    chosen = (
        f"only_mutate = {json.dumps(room.modules)}\npytest_add_cli_args_test_selection = {json.dumps(room.tests)}\n"
    )
    (place / "pyproject.toml").write_text(settings.replace(SETTINGS, SETTINGS + chosen), "utf-8")


def drawn(place: Path, module: str, at_most: int | None) -> tuple[list[str], int]:
    """The names of as many mutants of a module, always the same ones, and how many there are."""
    with chdir(place):
        made = mutate_file_contents(module, Path(module).read_text("utf-8")).mutant_names
    names = [get_mutant_name(Path(module), name) for name in made]
    if at_most is None or len(names) <= at_most:
        return names, len(names)
    return random.Random(module).sample(names, at_most), len(names)


def run(place: Path, room: Room, at_most: int | None) -> list[Result]:
    """Let the tests of a room look for its mutants, or for so many of each module."""
    furnish(place, room)
    chosen = {module: drawn(place, module, at_most) for module in room.modules}
    names = [name for names, _ in chosen.values() for name in names]
    if not names:
        return []
    program = [str(Path(sys.executable).with_name("mutmut")), "run", *names]
    with (place / "mutmut.log").open("w") as log:
        ended = subprocess.run(program, cwd=place, stdout=log, stderr=log, check=False)
    if ended.returncode:
        message = f"mutmut gave up on `{room.name}`:\n{(place / 'mutmut.log').read_text('utf-8')[-10_000:]}"
        raise RuntimeError(message)
    return [_read(place, module, set(names), made) for module, (names, made) in chosen.items()]


def _read(place: Path, module: str, names: set[str], made: int) -> Result:
    meta = place / "mutants" / f"{module}.meta"
    codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"] if made else {}
    outcomes = {name: _outcome(code) for name, code in codes.items() if name in names}
    survivors = tuple(_mutant(place, module, name) for name, outcome in outcomes.items() if outcome != "killed")
    return Result(module, Counter(outcomes.values()), survivors, made)


def _outcome(code: int | None) -> str:
    if code in NOTICED | ENDLESS:
        return "killed"
    return "survived" if code in UNNOTICED else f"unclear ({code})"


def _mutant(place: Path, module: str, name: str) -> Mutant:
    with chdir(place):
        lines = get_diff_for_mutant(name, path=module).splitlines()[2:]
    was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    now = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    function = name.rpartition(".")[2].rpartition("__mutmut_")[0].removeprefix("x").strip("ǁ").replace("ǁ", ".")
    return Mutant(module, function.removeprefix("_") if "." not in function else function, was, now)
