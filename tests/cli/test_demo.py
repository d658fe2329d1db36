"""`delegation demo` as whoever tries the service has it: a process, a port, and the file demo.env."""

import asyncio
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from delegation.client import ConsentRequired, Receipt, ServiceClient, SyncAgentClient
from tests.children import PATIENCE
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "delegation", "demo"]
WORKING_WITH = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def ended(directory: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Return a demonstration that has to end by itself."""
    return subprocess.run(
        [*COMMAND, *options],
        cwd=directory,
        env={**WORKING_WITH, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def serving(
    directory: Path, *options: str, code: Path = ROOT, given: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """Run a demonstration in a directory until the end of the block; gives what its demo.env holds."""
    environment = {**WORKING_WITH, "PYTHONPATH": str(code), **(given or {})}
    command = [*COMMAND, "--port", str(free_port()), *options]
    with subprocess.Popen(command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = iter(process.stdout.readline, "")
            assert any("Ctrl-C ends it" in line for line in told)
            yield exported(directory)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0


def exported(directory: Path) -> dict[str, str]:
    """Return the variables that demo.env exports."""
    lines = shlex.split((directory / "demo.env").read_text(encoding="utf-8"), comments=True)
    return dict(word.split("=", 1) for word in lines if "=" in word)


async def callers(given: dict[str, str], token: str) -> tuple[str, str]:
    """Return for whom a token speaks and who holds it, as the service of the demonstration is told."""
    secret, audience = given["DOCUMENTS_SECRET"], given["DOCUMENTS"]
    async with ServiceClient(given["ISSUER"], "documents", client_secret=secret, audience=audience) as service:
        caller = await service.verify(token)
    assert caller is not None
    return caller.subject, caller.actor


def test_what_demo_env_holds_opens_what_anne_allowed_and_no_more(tmp_path: Path) -> None:
    """With the file alone an agent gets a token that the service accepts for Anne's project, and none for another."""
    with serving(tmp_path) as given:
        receipt = Receipt(given["RECEIPT"])
        with SyncAgentClient(given["ISSUER"], "planner", secret=given["PLANNER_SECRET"]) as agent:
            token = agent.token(receipt, resource=given["DOCUMENTS"], identifier="app:storefront", roles=["app-editor"])
            with pytest.raises(ConsentRequired):
                agent.token(receipt, resource=given["DOCUMENTS"], identifier="app:billing", roles=["app-editor"])
        assert asyncio.run(callers(given, token.value)) == ("anne", "planner")


def test_demo_env_is_for_its_owner_and_goes_with_the_demonstration(tmp_path: Path) -> None:
    """Nobody else may read the file, and it is gone when its secrets open nothing any more."""
    with serving(tmp_path):
        assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_named_is_kept_and_not_used_twice(tmp_path: Path) -> None:
    """With --data database and demo.env stay, and a second demonstration there is refused rather than mixed in."""
    with serving(tmp_path, "--data", "kept") as given:
        assert httpx2.get(f"{given['ISSUER']}/readyz").is_success
    assert exported(tmp_path) == given
    again = ended(tmp_path, "--data", "kept")
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    assert exported(tmp_path) == given


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    """A demo.env that no demonstration wrote stays as it is, and the demonstration does not begin."""
    (tmp_path / "demo.env").write_text("export MINE=1\n", encoding="utf-8")
    refused = ended(tmp_path, "--port", str(free_port()))
    assert refused.returncode == 1
    assert "not from a demonstration" in refused.stderr
    assert (tmp_path / "demo.env").read_text(encoding="utf-8") == "export MINE=1\n"


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_port_with_none_after_it_is_refused(tmp_path: Path, how: str) -> None:
    """The last port leaves no room for a service to try, whichever way it was chosen; nothing is begun."""
    given = {"DELEGATION_PORT": "65535"} if how == "environment" else {}
    refused = ended(tmp_path, *(() if given else ("--port", "65535")), **given)
    assert refused.returncode != 0
    assert "65535" in refused.stderr
    assert "--port" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_environment_moves_the_port_and_nothing_else(tmp_path: Path) -> None:
    """Settings of another deployment and a proxy change nothing: no metrics, no traces, nothing said in its name."""
    metrics, others = free_port(), tmp_path / "others"
    elsewhere = {
        "DELEGATION_ADMINISTRATOR_SECRET_FILE": str(others),
        "DELEGATION_CONSENT_URI": "https://elsewhere.example/consent",
        "DELEGATION_DATA_DIRECTORY": str(others),
        "DELEGATION_DATABASE_URL_FILE": str(others),
        "DELEGATION_ISSUER": "https://elsewhere.example",
        "DELEGATION_MASTER_KEY": "no key at all",
        "DELEGATION_METRICS_PORT": str(metrics),
        "DELEGATION_TRACES": "otlp",
        "HTTP_PROXY": f"http://127.0.0.1:{metrics}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{metrics}",
    }
    with socket.create_server(("127.0.0.1", metrics)) as listener, serving(tmp_path, given=elsewhere) as given:
        receipt = Receipt(given["RECEIPT"])
        with (
            SyncAgentClient(given["ISSUER"], "planner", secret=given["PLANNER_SECRET"]) as agent,
            pytest.raises(ConsentRequired) as missing,
        ):
            agent.token(receipt, resource=given["DOCUMENTS"], identifier="app:billing", roles=["app-editor"])
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert missing.value.consent_uri == f"{given['ISSUER']}/delegations"
    assert not others.exists()


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path) -> None:
    """Where somebody listens already the demonstration says so and leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refused = ended(tmp_path, "--port", str(listener.getsockname()[1]))
    assert refused.returncode == 1
    assert "Address already in use" in refused.stderr
    assert "choose another with --port" in refused.stderr
    assert list(tmp_path.iterdir()) == []
