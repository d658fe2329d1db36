"""Processes that prepare a deployment, all at the same moment."""

import asyncio
import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

from delegation.app.clock import utc_now
from delegation.app.preparation import prepare
from delegation.app.secrets_at_rest import administrator_secret, master_key
from delegation.settings import Settings


def prepare_together(
    directory: Path, barrier: Barrier, found: "multiprocessing.SimpleQueue[tuple[str, bytes]]"
) -> None:
    """Prepare when all others do; say which secrets were found. Every other process wants the development key too."""
    number = barrier.wait(60)
    settings = Settings(data_directory=directory, development_identity_provider=bool(number % 2))
    asyncio.run(prepare(settings, clock=utc_now, instance=f"prepare-{number}"))
    found.put((administrator_secret(settings), master_key(settings, make=False)))
