"""A deployment for each file of tests, and an organization for each test whose service may follow it."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.clock import Clock
from tests.edge.beside import let
from tests.end_to_end.deployment import Deployment, Service, running
from tests.end_to_end.tenant import Tenant, documents_service, found


@pytest.fixture(autouse=True, scope="package")
def brisk_rounds() -> Iterator[None]:
    """Issuers look more often whether there is news: here nobody waits for anything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("delegation.feed.feed._ROUND", 0.05)
        yield


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment on a real socket."""
    with running(tmp_path_factory.mktemp("house") / "data", Clock()) as house:
        yield house


@pytest.fixture(scope="module")
def documents(house: Deployment) -> Service:
    """The service for documents."""
    return documents_service(house)


@pytest.fixture(scope="module")
def found_tenant(house: Deployment, documents: Service) -> Callable[[], Tenant]:
    """Makes organizations that let the service follow."""
    serial = count()

    def make() -> Tenant:
        tenant = found(house, f"acme{next(serial)}", documents)
        let(house, tenant.id, documents)
        return tenant

    return make


@pytest.fixture
def acme(found_tenant: Callable[[], Tenant]) -> Tenant:
    """An organization of this test's own."""
    return found_tenant()
