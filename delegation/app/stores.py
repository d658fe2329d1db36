"""Stores as a deployment has them: on its database, with its reserve."""

from collections.abc import Callable
from datetime import datetime

from delegation.directory.ending import ends
from delegation.settings import Settings
from delegation.store import Spared, Store


def store_of(settings: Settings, *, instance: str, clock: Callable[[], datetime]) -> Store:
    """Return the store of a deployment for one process, to be opened."""
    spared = Spared(settings.reserved_space, ends) if settings.reserved_space else None
    return Store(settings.database, instance=instance, clock=clock, spared=spared)
