"""Whoever follows a guide sees what it shows, and leaves nothing running."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation import DOCS
from tests.environment import inherited
from tests.guides import PAGES, here, newcomer
from tests.processes.host import is_running, until

SERVES = """
<!-- serves -->
```sh
sleep 600 &
echo $$ $! >{0}.started
echo {0} serves
{1}
```

```text
{0} serves
```
"""


def started(file: Path) -> list[int]:
    """Return the processes that a block wrote into a file, as soon as it has."""
    until(lambda: file.exists() and file.read_text().endswith("\n"))
    return [int(number) for number in file.read_text().split()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide_can_be_followed_as_it_stands(page: Path, tmp_path: Path) -> None:
    """Each program of a guide runs as it is printed, and what it prints stands beneath it."""
    with newcomer(tmp_path, here(tmp_path)) as reader:
        assert page.read_text(encoding="utf-8") == reader.follows(page)


def test_a_server_that_ended_by_itself_is_told_and_the_others_are_ended(tmp_path: Path) -> None:
    """Whichever server ended before its time, that is a failure with what it said, and none is left running."""
    page, names = tmp_path / "page.md", ("first", "second", "third")
    ends = {"second": "echo it broke; exit 3"}
    page.write_text("".join(SERVES.format(name, ends.get(name, "wait $!")) for name in names), encoding="utf-8")

    def follow() -> None:
        with newcomer(tmp_path, inherited()) as reader:
            reader.follows(page)
            assert reader.servers[1].process.wait(60) == 3

    with pytest.raises(AssertionError, match=r"by itself, with 3:\nsecond serves\nit broke"):
        follow()
    processes = [process for name in names for process in started(tmp_path / "work" / f"{name}.started")]
    until(lambda: not any(map(is_running, processes)))


def test_a_block_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """What a block started besides ends with it, whether it failed or not."""
    page = tmp_path / "page.md"
    page.write_text("```sh\nsleep 600 &\necho $! >block.started\necho it broke; exit 3\n```\n", encoding="utf-8")
    with newcomer(tmp_path, inherited()) as reader, pytest.raises(AssertionError, match="\nit broke\n"):
        reader.follows(page)
    [process] = started(tmp_path / "work" / "block.started")
    until(lambda: not is_running(process))


def test_what_was_started_ends_with_whoever_follows_a_page(tmp_path: Path) -> None:
    """A run of the tests that is killed leaves neither a server nor a block behind."""
    page, names = tmp_path / "page.md", (tmp_path / "server", tmp_path / "block")
    block = f"\n```sh\nsleep 600 &\necho $$ $! >{names[1]}.started\nwait $!\n```\n"
    page.write_text(SERVES.format(names[0], "wait $!") + block, encoding="utf-8")
    command = [sys.executable, "-m", "tests.guides", str(page)]
    with subprocess.Popen(command, cwd=DOCS.parent, env=inherited(TMPDIR=str(tmp_path))) as following:
        try:
            processes = [process for name in names for process in started(Path(f"{name}.started"))]
            assert all(map(is_running, processes))
        finally:
            following.kill()
    until(lambda: not any(map(is_running, processes)))
