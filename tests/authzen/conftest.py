"""The stage of the protocol tests, with what it takes to ask several questions and to search."""

from tests.rfc.conftest import found_tenant, house, sites, stage, tenant

__all__ = ["found_tenant", "house", "sites", "stage", "tenant"]
