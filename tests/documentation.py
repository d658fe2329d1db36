"""Pages whose Python blocks are programs, and whose text blocks are what these print.

`python -m tests.documentation PAGE ...` runs the blocks of pages and writes what they print into them.
"""

import contextlib
import io
import re
import sys
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = (DOCS / "engine.md", DOCS / "verification.md")

_BLOCK: Final = re.compile(r"```python\n(?P<program>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)


def told(page: Path) -> str:
    """Return the page with each block followed by what it prints, run from top to bottom in one namespace."""
    defined: dict[str, Any] = {"__name__": page.name}

    def run(block: re.Match[str]) -> str:
        program = block["program"]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(program, page.name, "exec"), defined)  # noqa: S102 - it is our own page
        shown = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
        return f"```python\n{program}```\n{shown}"

    return _BLOCK.sub(run, page.read_text(encoding="utf-8"))


def defined_in(page: Path) -> dict[str, Any]:
    """Return what the blocks of a page define, run from top to bottom exactly as they stand."""
    defined: dict[str, Any] = {}
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        exec(compile(block["program"], page.name, "exec"), defined)  # noqa: S102 - it is our own page
    return defined


def main() -> None:
    """Write what the blocks print into the pages named."""
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(told(page), encoding="utf-8")


if __name__ == "__main__":
    main()
