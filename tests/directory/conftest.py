"""One deployment for each module, in which every test founds its own organization."""

import pytest

from tests.end_to_end.conftest import found_tenant, house, sites, tenant
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.identity_provider import IdentityProvider, trusted

__all__ = ["found_tenant", "house", "people", "sites", "tenant"]


@pytest.fixture(scope="module")
def people(house: Deployment) -> IdentityProvider:
    """A provider that may speak for everybody."""
    return trusted(house, "people")
