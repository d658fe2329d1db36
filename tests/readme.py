"""The walk as the README shows it: each step and how it ended, and one step with all that went over the wire.

`python -m tests.readme` runs the walk and writes it into the README.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

README: Final = Path(__file__).parent.parent / "README.md"
_SHOWN_IN_FULL: Final = " 4"
_BETWEEN: Final = re.compile(r"(<!-- walk:begin -->\n).*?(<!-- walk:end -->)", re.DOTALL)
_CHANGING: Final = (
    (re.compile(r"dlg_[\w-]{22}"), "dlg_..."),
    (re.compile(r"eyJ\.\.[\w-]+"), "eyJ..."),
    (re.compile(r"\d\d:\d\d:\d\d UTC"), "12:30:00 UTC"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8400"),
)


def walk() -> str:
    """Return what a walk tells, run to its end. Raises CalledProcessError when a step differs from what must happen."""
    command = [sys.executable, "-m", "examples.walk", "--once", "--port", "0"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=README.parent).stdout


def excerpt(told: str) -> str:
    """Return what the README shows of a walk, with the parts that differ from run to run evened out."""
    kept: list[str] = []
    step = ""
    for line in told.splitlines():
        if re.match(r"[ \d]\d  ", line):
            step = line[:2]
            kept += ["", line]
        elif line.startswith("    ok: ") or (step == _SHOWN_IN_FULL and line.startswith("      ")):
            kept.append(line)
    text = "\n".join(kept[1:])
    for changing, steady in _CHANGING:
        text = changing.sub(steady, text)
    return text


def shown() -> str:
    """Return what the README shows now."""
    block = _BETWEEN.search(README.read_text(encoding="utf-8"))
    assert block is not None
    return block.group(0).split("```text\n")[1].split("\n```")[0]


def programs() -> dict[str, Any]:
    """Return what the README's Python blocks define, run exactly as they stand."""
    defined: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "README.md", "exec"), defined)  # noqa: S102 - it is our own README
    return defined


def main() -> None:
    """Write the walk into the README."""
    block = f"```text\n{excerpt(walk())}\n```\n"
    text = README.read_text(encoding="utf-8")
    README.write_text(_BETWEEN.sub(lambda found: f"{found[1]}{block}{found[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
