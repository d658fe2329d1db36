"""The form of the log: whoever writes a line, it is one JSON object with the same members."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.durability.server import ROOT

BEGINNING = """
import asyncio, logging, warnings
from delegation.app.logs import configure
configure(several={several})
"""


def lines(program: str, *, several: bool = False) -> list[dict[str, Any]]:
    """Return the lines that a program leaves, all of which must be JSON objects."""
    command = [sys.executable, "-W", "default", "-c", BEGINNING.format(several=several) + program]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ran.stderr.splitlines()]


def line(program: str) -> dict[str, Any]:
    """Return the one line that a program leaves, without its time."""
    (found,) = lines(program)
    assert found.pop("timestamp").endswith("Z")
    return found


def test_a_library_that_logs_writes_json() -> None:
    """What the HTTP server or another library logs is an object with event, level, time and the library's name."""
    told = line("logging.getLogger('uvicorn.error').warning('Invalid %s received.', 'request')")
    assert told == {"event": "Invalid request received.", "level": "warning", "logger": "uvicorn.error"}


def test_a_library_is_heard_only_when_it_warns() -> None:
    """What libraries say of their ordinary work stays out of the log."""
    assert lines("logging.getLogger('httpx2').info('HTTP Request: GET https://x.example/?secret=canary')") == []


def test_a_warning_of_python_is_json() -> None:
    """A warning that Python or a library gives is a line of the log."""
    told = line("warnings.warn('this goes away', DeprecationWarning)")
    assert (told["logger"], told["level"]) == ("py.warnings", "warning")
    assert "DeprecationWarning: this goes away" in told["event"]


def test_a_traceback_of_a_library_is_one_line() -> None:
    """An exception that a library logs is in one object, whatever number of lines its traceback has."""
    told = line("try: 1 / 0\nexcept ZeroDivisionError: logging.getLogger('lib').exception('oops')")
    assert (told["event"], told["level"]) == ("oops", "error")
    assert told["exception"].endswith("ZeroDivisionError: division by zero")


def test_what_the_event_loop_complains_of_is_json() -> None:
    """A task of which nobody asks what became of it is told in one line."""
    program = """
async def main():
    async def failing(): raise ValueError("lost")
    asyncio.create_task(failing())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""
    told = line(program)
    assert told["logger"] == "asyncio"
    assert told["event"].startswith("Task exception was never retrieved")


@pytest.mark.threat("47")
@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "a\x1b[31mb", "a\u2028b", "a\x85b", 'a"}\n{"event": "forged', "a\x00b"]
)
def test_control_characters_forge_no_line(text: str) -> None:
    """Whatever stands in what a library logs, it is one line, and none of its characters moves a terminal."""
    command = [sys.executable, "-c", BEGINNING.format(several=False) + f"logging.getLogger('x').error({text!r})"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (only,) = ran.stderr.splitlines()
    assert json.loads(only)["event"] == text
    assert only.isprintable()
    assert only.isascii()


@pytest.mark.threat("47")
def test_secrets_by_name_stay_out() -> None:
    """A member that is called like a secret is withheld, whoever logs it."""
    program = "import structlog; structlog.get_logger().error('x', client_secret='canary', receipt='canary')"
    assert line(program) == {
        "event": "x",
        "level": "error",
        "client_secret": "(withheld)",
        "receipt": "(withheld)",
    }


def test_of_several_processes_each_line_names_its_own() -> None:
    """What a library logs in a worker names the worker, as every other line does."""
    told = lines("logging.getLogger('x').error('a'); import structlog; structlog.get_logger().error('b')", several=True)
    assert [each["event"] for each in told] == ["a", "b"]
    assert told[0]["process"] == told[1]["process"] > 0
