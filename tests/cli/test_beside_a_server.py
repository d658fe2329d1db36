"""The command line and seed files while a server runs on the same database."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from delegation.app.clock import utc_now
from tests.cli.terminal import Terminal
from tests.clock import Clock
from tests.directory.life import ACME, PLATFORM, SECRET, Step, first_part, second_part
from tests.directory.log import heads, last
from tests.directory.routes import asked, typed
from tests.end_to_end.deployment import DOCUMENTS, Agent, Deployment, Service, running

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(terminal: Terminal) -> Iterator[Deployment]:
    """A server on the terminal's data directory."""
    with running(terminal.directory, Clock(utc_now())) as house:
        yield house


def seen(house: Deployment, partition: str) -> int:
    """Return the revision at which the server's next answer shows a partition."""
    if partition == PLATFORM:
        return int(house.http.get("/readyz").json()["revision"])
    shown = house.must("GET", "/organizations/acme")
    return int(shown["revision"])


def assert_the_server_knows(house: Deployment, step: Step, before: dict[str, int]) -> None:
    """Fail unless one partition has moved, the server's very next answer shows it, and the record says who it was."""
    assert heads(house).items() >= {step.partition: before.get(step.partition, 0) + 1}.items(), step
    if step.partition in {PLATFORM, ACME}:
        assert seen(house, step.partition) == heads(house)[step.partition]
    record = last(house, step.partition)
    assert (record["action"], record["actor"]) == (step.command, "command-line")


def granted(house: Deployment) -> str:
    """Return the id of the delegation that anne grants by her own hand."""
    return str(house.grant("anne", "planner", "project:apollo", "project-editor")["id"])


@pytest.mark.slow
def test_the_server_sees_what_was_typed_at_its_next_request(terminal: Terminal, house: Deployment) -> None:
    """Every command typed in another process holds for the running server at once, and is recorded as typed."""
    for step in first_part():
        before = heads(house)
        answer = terminal.start(*typed(step.command, step.fields)).answer
        assert (answer["do"], answer["revision"]) == (step.command, before.get(step.partition, 0) + 1)
        assert_the_server_knows(house, step, before)
    delegation = granted(house)
    for step in second_part():
        before = heads(house)
        assert terminal.start(*typed(step.command, step.on(delegation).fields)).code == 0
        assert_the_server_knows(house, step, before)


def toml(steps: Iterable[Step]) -> str:
    """Return a seed file; JSON's strings, lists, numbers and inline tables are TOML's but for the colons."""
    return "\n".join(
        "\n".join(["[[command]]", f'do = "{step.command}"', *(f"{k} = {_toml(v)}" for k, v in step.fields.items())])
        for step in steps
    )


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def applied(directory: Path, steps: Iterable[Step]) -> list[dict[str, object]]:
    """Apply a seed file by the program itself; return its answers."""
    file = directory.with_name("seed.toml")
    file.write_text(toml(steps))
    command = [sys.executable, "-m", "delegation", "apply", str(file)]
    program = ["env", f"DELEGATION_DATA_DIRECTORY={directory}", *command]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_server_sees_what_a_file_said_at_its_next_request(terminal: Terminal, house: Deployment) -> None:
    """A whole life told in files by the program itself holds for the running server as soon as it was told."""
    answers = applied(terminal.directory, first_part())
    assert [answer["do"] for answer in answers] == [step.command for step in first_part()]
    assert all("revision" in answer for answer in answers)
    delegation = granted(house)
    second = [step.on(delegation) for step in second_part()]
    assert [answer["do"] for answer in applied(terminal.directory, second)] == [step.command for step in second]
    assert house.must("GET", "/organizations/acme")["status"] == "deleted"
    assert house.http.get("/readyz").json()["revision"] == heads(house)[PLATFORM]


ENDINGS: dict[str, list[str]] = {
    "the user is suspended": ["do", "set-user-status", "user=anne", "status=suspended"],
    "the membership is switched off": ["do", "put-membership", "organization=acme", "user=anne", "active=false"],
    "the agent is suspended": ["do", "set-agent-status", "id=planner", "status=suspended"],
    "the agent is dismissed": ["do", "dismiss-agent", "organization=acme", "agent=planner"],
    "the group loses its role": [
        *("do", "unassign", "organization=acme", "principal=group:eng#member"),
        *("role=workspace-member", "resource=workspace:design"),
    ],
    "the organization is deleted": ["do", "delete-organization", "organization=acme"],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_ended_by_typing_bites_at_the_next_request(terminal: Terminal, house: Deployment, ending: str) -> None:
    """A token dies with the command that another process carried out."""
    for step in first_part():
        request = asked(step.command, step.fields)
        house.must(request.method, request.path, request.body)
    granted(house)
    agent, service = Agent("planner", SECRET), Service("documents", SECRET, DOCUMENTS)
    token = house.token(agent, "anne", "project:apollo", "project-editor")
    assert house.introspect(service, token)["active"]
    assert terminal.start(*ENDINGS[ending]).code == 0
    assert house.introspect(service, token) == {"active": False}
