"""`python -m tests.conformance` writes docs/conformance.md; with `--check` it only compares.

With `--finished` a MUST whose stance is `later` is a problem too.
"""

import argparse
import sys
from pathlib import Path

from tests.conformance import clauses, marks, page

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


def main() -> int:
    """Write or compare the page; the answer is the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on any problem")
    parser.add_argument("--finished", action="store_true", help="let no MUST be put off")
    arguments = parser.parse_args()
    only_check = arguments.check
    standards, found = clauses.load(), marks.collect()
    complaints = list(page.problems(standards, found))
    if arguments.finished:
        complaints += page.unfinished(standards)
    text = page.render(standards, found)
    if not only_check:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        complaints.append("docs/conformance.md is out of date: run `python -m tests.conformance`")
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
