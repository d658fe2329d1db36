"""One deployment for each module, and in it one organization that the module's tests share."""

from collections.abc import Callable

import pytest

from tests.end_to_end.conftest import found_tenant, house, sites, tenant
from tests.end_to_end.tenant import Tenant
from tests.rfc.stage import Stage, set_up

__all__ = ["found_tenant", "house", "sites", "stage", "tenant"]


@pytest.fixture(scope="module")
def stage(found_tenant: Callable[[], Tenant]) -> Stage:
    """An organization in which agents and services have what they need; whoever changes it founds another."""
    return set_up(found_tenant(), lifetime=30 * 86_400)
