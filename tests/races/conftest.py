"""Two servers on one database, of each kind of database: two threads of this process."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.clock import Clock
from tests.end_to_end.conftest import sites
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.races.replicas import Replicas, served

__all__ = ["sites"]


@pytest.fixture(scope="module")
def replicas(sites: Sites) -> Iterator[Replicas]:
    """Two servers on one database, under one issuer, with folders that lie in folders."""
    with sites() as site, served(site, Clock()) as replicas:
        replicas.must("PUT", "/resource-types/folder", {"parents": ["workspace"]})
        replicas.must("PUT", "/resource-types/folder", {"parents": ["workspace", "folder"]})
        yield replicas


@pytest.fixture(scope="module")
def found_tenant(replicas: Replicas) -> Callable[[], Tenant]:
    """A way to found one more organization."""
    house = replicas.houses[0]
    service, serial = documents_service(house), count()
    return lambda: found(house, f"t{next(serial)}", service)


@pytest.fixture
def tenant(found_tenant: Callable[[], Tenant]) -> Tenant:
    """A fresh organization, of which nothing else knows."""
    return found_tenant()
