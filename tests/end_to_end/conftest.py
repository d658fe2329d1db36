"""One deployment for each test, with the story's organization in it, on each kind of database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from tests.clock import Clock
from tests.databases import Make
from tests.end_to_end.deployment import DOCUMENTS, Agent, Deployment, Service
from tests.end_to_end.sites import Site, Sites
from tests.end_to_end.tenant import Tenant, documents_service, found


@pytest.fixture(scope="session")
def sites(databases: Make, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Where deployments can be started."""

    @contextmanager
    def site() -> Iterator[Site]:
        with databases(migrated) as url:
            yield Site(tmp_path_factory.mktemp("site") / "data", url)

    return site


@pytest.fixture
def deployment(sites: Sites, clock: Clock) -> Iterator[Deployment]:
    """An empty deployment that has just been started."""
    with sites() as site, site.running(clock) as deployment:
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


@pytest.fixture(scope="module")
def house(sites: Sites) -> Iterator[Deployment]:
    """One deployment for all tests of a module; its clock only moves forward."""
    with sites() as site, site.running(Clock()) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def found_tenant(house: Deployment) -> Callable[[], Tenant]:
    """A way to found one more organization in the deployment of the module."""
    service, serial = documents_service(house), count()
    return lambda: found(house, f"t{next(serial)}", service)


@pytest.fixture(scope="module")
def settled(found_tenant: Callable[[], Tenant]) -> Tenant:
    """An organization that tests of a module share which change nothing in it."""
    return found_tenant()


@pytest.fixture
def tenant(found_tenant: Callable[[], Tenant]) -> Tenant:
    """A fresh organization, of which nothing else knows."""
    return found_tenant()
