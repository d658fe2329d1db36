"""The page on policies: its files are written, its commands are run, and what they print is compared or put there.

`python -m tests.policy_files.page` writes what the commands print into the page.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "policies.md"
_BLOCK: Final = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program(folder: Path) -> dict[str, str]:
    """Return an environment in which `delegation` is the program under test."""
    (folder / "bin").mkdir()
    file = folder / "bin" / "delegation"
    file.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}:$PYTHONPATH" exec "{sys.executable}" -m delegation "$@"\n')
    file.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}


def said(command: str, folder: Path, variables: dict[str, str]) -> str:
    """Return what a command of the page prints, on both outputs."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def retold(page: str, folder: Path) -> str:
    """Return the page with what its commands print now; its files are written into the folder."""
    work = folder / "work"
    work.mkdir()
    variables = program(folder)

    def again(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if language == "console":
            return f"```console\n{''.join(_transcript(content, work, variables))}```"
        if name is not None:
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_text(content)
        return block[0]

    return _BLOCK.sub(again, page)


def _transcript(content: str, folder: Path, variables: dict[str, str]) -> Iterator[str]:
    for line in content.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n{said(line[2:], folder, variables)}"


def main() -> None:
    """Write what the commands print into the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(retold(PAGE.read_text("utf-8"), Path(folder)), "utf-8")


if __name__ == "__main__":
    main()
