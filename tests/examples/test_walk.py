"""The walk as a newcomer runs it: in a process of its own, from nothing, on free ports."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from examples.walk.options import SEED
from examples.walk.ports import PortTaken, choose
from examples.walk.story import story
from examples.walk.words import RELATIONSHIPS, ROLES, Words
from tests.databases import Make, rows
from tests.environment import inherited

PATIENCE = 90  # seconds for a walk on a busy machine
BASH, CURL = which("bash"), which("curl")
WALK = [sys.executable, "-m", "examples.walk"]
STORY = story(ROLES)


@contextmanager
def walking(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a walk which keeps its files in the directory; no process of it is left behind."""
    environment = inherited(TMPDIR=str(directory), PYTHONUNBUFFERED="1")
    # Shells start what runs in the background deaf to Ctrl-C, and what it starts inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    walk = subprocess.Popen(
        [*WALK, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield walk
    finally:
        if walk.poll() is None:
            os.killpg(walk.pid, signal.SIGKILL)
        walk.communicate()


def told(directory: Path, *arguments: str) -> tuple[int, str]:
    """Return exit code and output of a whole walk."""
    with walking(directory, *arguments) as walk:
        output, _ = walk.communicate(timeout=PATIENCE)
        return walk.returncode, output


def is_gone(group: int) -> bool:
    """Return whether no process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def seed_without(text: str) -> str:
    """Return the seed without the one command that contains the text."""
    head, *commands = SEED.read_text(encoding="utf-8").split("[[command]]")
    left = [command for command in commands if text not in command]
    assert len(left) == len(commands) - 1
    return "[[command]]".join([head, *left])


@pytest.mark.parametrize(("words", "option"), [(ROLES, ()), (RELATIONSHIPS, ("--relationships",))])
def test_the_main_job_goes_as_it_must(tmp_path: Path, words: Words, option: tuple[str, ...]) -> None:
    """Every step is told with its requests and ends as expected, by roles or by relationships; nothing is left."""
    code, output = told(tmp_path, "--once", *option)
    assert code == 0, output
    lines, steps = output.splitlines(), story(words)
    begun = [lines.index(f"{number:>2}  {step.title}") for number, step in enumerate(steps, 1)]
    ended = [number for number, line in enumerate(lines) if line.startswith("    ok: ")]
    assert len(ended) == len(steps)
    assert begun == sorted(begun)
    assert all(first < last for first, last in zip(begun, ended, strict=True))
    assert lines[-1] == f"All {len(steps)} steps went as they must."
    for request in ("POST /delegations", "POST /token", "POST /introspect", "DELETE /apps/"):
        assert any(request in line for line in lines)
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.|\x1b", output)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_main_job_goes_the_same_on_a_server(tmp_path: Path, postgresql_databases: Make) -> None:
    """On PostgreSQL every step ends as it does on SQLite, and what the walk made lies there."""
    with postgresql_databases(None) as url:
        code, output = told(tmp_path, "--once", "--database", url)
        assert (code, output.splitlines()[-1]) == (0, f"All {len(STORY)} steps went as they must."), output
        assert rows(url, "SELECT id FROM organizations WHERE id = 'acme'") == [("acme",)]


@pytest.mark.slow
def test_a_step_that_differs_is_shown_and_fails(tmp_path: Path) -> None:
    """Where Anne holds no role she cannot grant one: the walk says what differs, and exits with 1."""
    seed = tmp_path / "seed.toml"
    seed.write_text(seed_without('role = "workspace-member"'), encoding="utf-8")
    code, output = told(tmp_path, "--once", "--seed", str(seed))
    assert code == 1
    assert "    DIFFERS\n      expected: granted\n      happened: the story broke: POST /del" in output
    assert re.search(rf"^\d+ of {len(STORY)} steps DIFFER", output, re.MULTILINE)


@pytest.mark.slow
def test_a_process_that_dies_is_quoted_and_its_files_can_be_kept(tmp_path: Path) -> None:
    """When the service cannot start its own last words are shown, and --keep leaves its files to be looked at."""
    seed, files = tmp_path / "seed.toml", tmp_path / "files"
    seed.write_text('[[command]]\ndo = "dance"\n', encoding="utf-8")
    files.mkdir()
    code, output = told(files, "--once", "--keep", "--seed", str(seed))
    [kept] = files.iterdir()
    assert code == 1
    assert "the service ended with code 1. Its last words:" in output
    assert "no command `dance`" in output
    assert f"Database, keys and logs are in {kept}" in output
    assert {"delegation.db", "service.log"} <= {file.name for file in kept.iterdir()}


def serving_on(walk: subprocess.Popen[str]) -> str:
    """Return what a walk says until it has offered the last command to try."""
    assert walk.stdout is not None
    output = ""
    while 'curl -s "$ISSUER/.well-known/' not in output:
        output += walk.stdout.readline() or pytest.fail(output)
    return output


def test_serving_on_ends_cleanly_with_an_interrupt(tmp_path: Path) -> None:
    """After the walk everything keeps serving; Ctrl-C ends all of it, with code 0."""
    with walking(tmp_path) as walk:
        [port] = re.findall(r"^ISSUER=http://127\.0\.0\.1:(\d+)$", serving_on(walk), re.MULTILINE)
        socket.create_connection(("127.0.0.1", int(port))).close()
        os.kill(walk.pid, signal.SIGINT)
        rest, _ = walk.communicate(timeout=PATIENCE)
        assert (walk.returncode, rest.split()[-1]) == (0, "Stopping.")
        assert is_gone(walk.pid)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not (BASH and CURL), reason="what is pasted needs bash and curl: apt-get install curl")
@pytest.mark.slow
def test_what_is_offered_to_try_next_works_as_pasted(tmp_path: Path) -> None:
    """Each command that is printed at the end does what is said of it, and SIGTERM ends all as Ctrl-C does."""
    with walking(tmp_path) as walk:
        output = serving_on(walk)
        script = output[output.index("# Names for what follows") :]
        pasted = subprocess.run(
            [str(BASH), "-euo", "pipefail"], input=script, capture_output=True, text=True, check=False
        )
        os.kill(walk.pid, signal.SIGTERM)
        walk.communicate(timeout=PATIENCE)
        assert walk.returncode == 0
        assert is_gone(walk.pid)
    assert (pasted.returncode, pasted.stderr) == (0, "")
    for answer in ('"status": "revoked"', '"project:zeus"', '"status": "suspended"', "401 Unauthorized", '"issuer"'):
        assert answer in pasted.stdout


@pytest.mark.slow
def test_an_interrupted_walk_leaves_nothing_behind(tmp_path: Path) -> None:
    """In the middle of the story, too, all processes end and all files go."""
    with walking(tmp_path) as walk:
        assert walk.stdout is not None
        while STORY[1].title not in (walk.stdout.readline() or pytest.fail("ended early")):
            pass
        os.kill(walk.pid, signal.SIGTERM)
        walk.communicate(timeout=PATIENCE)
        assert walk.returncode == 130
        assert is_gone(walk.pid)
    assert list(tmp_path.iterdir()) == []


def test_ports_that_are_taken_are_avoided_or_complained_of() -> None:
    """The usual ports give way to free ones, with a remark; ports asked for are a promise."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=str(taken)):
            choose(taken)
    some = choose(0)
    assert some.service != some.documents
    assert some.remark == ""


def test_the_usual_ports_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer whose usual port is busy gets a walk all the same, and is told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr("examples.walk.ports.USUAL", listener.getsockname()[1])
        chosen = choose(None)
        assert listener.getsockname()[1] not in {chosen.service, chosen.documents}
    assert "taken, so free ones were chosen" in chosen.remark
