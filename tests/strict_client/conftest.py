"""The strict client, installed once, and a deployment with an agent of each kind for it to use."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from delegation.app.clock import utc_now
from tests.clock import Clock
from tests.end_to_end.conftest import acme, sites
from tests.end_to_end.deployment import DOCUMENTS, Agent, Deployment, Service
from tests.end_to_end.sites import Sites

__all__ = ["acme", "sites"]

HERE = Path(__file__).parent
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StrictClient:
    """Performs one task of OAuth against a server, and tells what came of it."""

    directory: Path
    issuer: str

    def __call__(self, do: str, **task: Any) -> JSON:
        """Return what came of a task; `failed` is in it when the client refused an answer or was refused."""
        program = [shutil.which("node") or "node", "client.mjs"]
        given = json.dumps({"do": do, "issuer": self.issuer, **task})
        done = subprocess.run(
            program, cwd=self.directory, input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        told: JSON = json.loads(done.stdout)
        return told


def credentials(agent: Agent | Service) -> JSON:
    """Return what the strict client authenticates with."""
    if isinstance(agent, Service) or agent.key is None:
        return {"id": agent.id, "secret": agent.secret}
    return {"id": agent.id, "jwk": agent.key.as_dict(private=True), "kid": agent.key.thumbprint()}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the client lies with the one library that it needs, of the version and content that the lock names."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here: the strict client was not tried")
    directory = tmp_path_factory.mktemp("strict_client")
    for name in ("client.mjs", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, directory)
    npm = [shutil.which("npm") or "npm", "ci", "--ignore-scripts"]
    done = subprocess.run(npm, cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def deployment(sites: Sites) -> Iterator[Deployment]:
    """An empty deployment with the time of this machine: the strict client has a clock of its own."""
    with sites() as site, site.running(cast(Clock, utc_now)) as deployment:
        yield deployment


@pytest.fixture
def strict(installed: Path, deployment: Deployment) -> Callable[..., JSON]:
    """The strict client, pointed at the deployment."""
    return StrictClient(installed, deployment.issuer)


@pytest.fixture(autouse=True)
def documents(acme: Deployment) -> Service:
    """The documents service, admitted to acme."""
    return acme.service("documents", DOCUMENTS)


@pytest.fixture
def by_secret(acme: Deployment) -> Agent:
    """An agent with a secret that Anne lets be project-editor on the project apollo."""
    agent = acme.agent("planner")
    acme.grant("anne", agent.id, "project:apollo", "project-editor")
    return agent


@pytest.fixture
def by_key(acme: Deployment) -> Agent:
    """An agent with a key of its own that Anne lets be project-editor on the project apollo."""
    agent = acme.agent("reviewer", keyed=True)
    acme.grant("anne", agent.id, "project:apollo", "project-editor")
    return agent
