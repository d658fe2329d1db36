"""One deployment for each module, in which every test founds its own organization."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.clock import Clock
from tests.end_to_end.deployment import Deployment, running
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import Tenant, documents_service, found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment for all tests of a module."""
    with running(tmp_path_factory.mktemp("house") / "data", Clock()) as house:
        yield house


@pytest.fixture(scope="module")
def people(house: Deployment) -> IdentityProvider:
    """A provider that may speak for everybody."""
    return trusted(house, "people")


@pytest.fixture(scope="module")
def found_tenant(house: Deployment) -> Callable[[], Tenant]:
    """A way to found one more organization."""
    service, serial = documents_service(house), count()
    return lambda: found(house, f"t{next(serial)}", service)


@pytest.fixture
def tenant(found_tenant: Callable[[], Tenant]) -> Tenant:
    """A fresh organization, of which nothing else knows."""
    return found_tenant()
