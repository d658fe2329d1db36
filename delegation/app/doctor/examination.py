"""The examination: everything is looked at in an order in which what fails first explains what fails later."""

import asyncio
import os
import resource
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from delegation.app.auditing import reading
from delegation.app.doctor.configuration import Machine, configuration
from delegation.app.doctor.database import database
from delegation.app.doctor.deployment import Deployment
from delegation.app.doctor.directory import directory
from delegation.app.doctor.findings import Finding, fault
from delegation.app.doctor.reaching import reached, reaching
from delegation.settings import Settings
from delegation.store import StoreError, condition

_MOUNTS = Path("/proc/mounts")


async def examined(settings: Settings, *, clock: Callable[[], datetime], offline: bool) -> AsyncIterator[Finding]:
    """Yield everything that there is to say about a deployment, which may be served meanwhile.

    With `offline` nobody is asked over the network but the database.
    """
    for finding in (*configuration(settings, _machine()), *_directory(settings)):
        yield finding
    try:
        found = await asyncio.to_thread(condition, settings.database)
        for finding in database(found, clock()):
            yield finding
        async with reading(settings, clock) as store:
            async for finding in Deployment(settings, store, clock).findings(found):
                yield finding
    except StoreError as error:
        yield fault("database", str(error), "see that it is there and can be reached, and the settings that lead to it")
    if not offline:
        for finding in reaching(settings.issuer, await reached(settings.issuer)):
            yield finding


def _machine() -> Machine:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(os.cpu_count() or 1, memory, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _directory(settings: Settings) -> list[Finding]:
    data = settings.data_directory
    there = next(path for path in (data.resolve(), *data.resolve().parents) if path.exists())
    mounts = [line.split()[1:3] for line in _MOUNTS.read_text().splitlines()] if _MOUNTS.is_file() else []
    free, embedded = shutil.disk_usage(there).free, settings.database_url is None
    return list(directory(data, free=free, mounts=[(place, kind) for place, kind in mounts], embedded=embedded))
