"""Deployments on each kind of database, as the end-to-end tests make them."""

from tests.end_to_end.conftest import sites

__all__ = ["sites"]
