"""Where deployments keep what they have, on the kind of database that a test runs on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.clock import Clock
from tests.end_to_end.deployment import Deployment, running


@dataclass(frozen=True, slots=True)
class Site:
    """A directory for keys and secrets, and a database without rows."""

    directory: Path
    database_url: str

    def running(self, clock: Clock, **changed: Any) -> AbstractContextManager[Deployment]:
        """Serve a deployment here until the block ends, beside others or after them; `changed` replaces settings."""
        return running(self.directory, clock, database_url=self.database_url, **changed)


Sites: TypeAlias = Callable[[], AbstractContextManager[Site]]
"""Makes a site that is there until the block ends."""
