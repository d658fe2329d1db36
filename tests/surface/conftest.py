"""One deployment for each module, and in it the organization of a stage, as for the tests of the standards."""

from tests.rfc.conftest import found_tenant, house, sites, stage, tenant

__all__ = ["found_tenant", "house", "sites", "stage", "tenant"]
