"""What the tests of the examples stand on: small services on loopback."""

from tests.client.conftest import pauses, server, settings, stage

__all__ = ["pauses", "server", "settings", "stage"]
