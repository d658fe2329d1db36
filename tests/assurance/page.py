"""The page about the classes of bug; `python -m tests.assurance.page` writes it anew."""

import sys
from pathlib import Path
from typing import Final

from tests.assurance.bugs import Bug
from tests.assurance.catalog import BUGS, FAULTS

PAGE: Final = Path(__file__).parents[2] / "docs" / "assurance.md"

_INTRODUCTION: Final = """\
# Classes of bug, and proof that they would be noticed

Engines that decide who may do what have had bugs of a few kinds, over and over.
For each kind there are rules here: small scenarios, often a few dozen random worlds beside them, that say what must be so.
A rule that has never failed may be checking nothing.
Therefore the engine is broken on purpose, a single mistake at a time, and each rule must fail its assertion under each of its mistakes.
A mistake that can no longer be made, as the code has moved, fails the test as well.

```console
$ python -m pytest tests/assurance            # the rules, and every mistake
$ python -m pytest tests/assurance -k "E5-"   # one kind of bug
```

Each rule is a function in `tests/assurance/rules/`, with its mistakes at the end of the same file.
Its tests carry the mark `threat` with the id of the class.
Beside the rules, `tests/assurance/test_memory.py` asks the same questions with and without everything that is remembered on the way to an answer.

E20 to E22 are about what serves an engine and not about an engine: endpoints without authentication, audiences that are not checked, secrets shown by pages for diagnosis.
They are the service's, and `tests/web`, `tests/app` and `tests/client` are the place for their tests.
For the same reason E17 and E18 stand here for what an embedded engine can get wrong of them: it has no database, and hands out no cursor that would have to be a secret.
This page is written by `python -m tests.assurance.page`.
"""  # noqa: E501 - in a page, each sentence has a line of its own


def page() -> str:
    """Return the page as it should be."""
    return "\n".join((_INTRODUCTION, *map(_class, FAULTS)))


def _class(id_: str) -> str:
    fault, bugs = FAULTS[id_], [bug for bug in BUGS if bug.id == id_]
    published = f"\nPublished elsewhere as {', '.join(fault.published)}." if fault.published else ""
    files = {f"`{bug.rule.__module__.replace('.', '/')}.py`" for bug in bugs}
    where = f"Rules in {', '.join(sorted(files))}, each with the mistakes that break it:"
    return f"## {id_}: {fault.title}\n\n{fault.sentence}{published}\n{where}\n\n{''.join(map(_rule, bugs))}"


def _rule(bug: Bug) -> str:
    mistakes = "".join(f"  - {breakage.mistake}\n" for breakage in bug.breakages)
    return f"- **{bug.rule.__doc__}**\n{mistakes}"


if __name__ == "__main__":
    sys.exit(None if PAGE.write_text(page(), encoding="utf-8") else "the page is empty")
