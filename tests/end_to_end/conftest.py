"""One deployment for each test, with the story's organization in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.end_to_end.deployment import DOCUMENTS, Agent, Deployment, Service, running


@pytest.fixture
def deployment(tmp_path: Path, clock: Clock) -> Iterator[Deployment]:
    """An empty deployment that has just been started."""
    with running(tmp_path / "data", clock) as deployment:
        yield deployment


@pytest.fixture
def acme(deployment: Deployment) -> Deployment:
    """The organization acme: workspace design with the projects apollo (app storefront) and zeus (app backoffice).

    Anne is a member of the workspace; bob belongs to the organization and holds nothing.
    """
    deployment.must("POST", "/organizations", {"id": "acme", "name": "Acme"})
    for resource, parent in (
        ("workspace:design", None),
        ("project:apollo", "workspace:design"),
        ("project:zeus", "workspace:design"),
        ("app:storefront", "project:apollo"),
        ("app:backoffice", "project:zeus"),
    ):
        deployment.must("POST", "/organizations/acme/resources", {"resource": resource, "parent": parent})
    deployment.user("anne")
    deployment.user("bob")
    deployment.assign("user:anne", "workspace-member", "workspace:design")
    return deployment


@pytest.fixture
def documents(acme: Deployment) -> Service:
    """The documents service, admitted to acme."""
    return acme.service("documents", DOCUMENTS)


@pytest.fixture
def planner(acme: Deployment) -> Agent:
    """The agent planner, admitted to acme expressly without a ceiling."""
    return acme.agent("planner")
