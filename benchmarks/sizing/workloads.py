"""The three deployments that are worked out, and what is assumed of each."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Workload:
    """Who is there and what they ask; per second where nothing else is said."""

    name: str
    title: str
    organizations: int
    relationships: int
    """Resources, memberships, assignments, and members of groups."""
    delegations: int
    """Delegations in force."""
    checks: int
    """Introspections and evaluations at the busiest moment."""
    exchanges: int
    changes: int
    """Of administration, people's own hands and agents: grants, revocations, roles."""
    active: float
    """Share of the organizations that are asked about within ten minutes: what memory should hold."""
    average: float = 0.3
    """Load of a day's average second, beside the busiest."""
    cells: int = 1
    """Databases the organizations are spread over; every one has replicas of the service of its own."""


ONE_MACHINE: Final = Workload(
    "machine", "One virtual machine", 200, 60_000, 10_000, checks=300, exchanges=30, changes=2, active=1.0
)
REGION: Final = Workload(
    "region", "A region of a million users", 20_000, 20_000_000, 1_000_000, checks=20_000, exchanges=2_000, changes=50,
    active=0.25, cells=2,
)  # fmt: skip
WORLD: Final = Workload(
    "world", "A hundred million delegations", 2_000_000, 2_000_000_000, 100_000_000, checks=1_000_000,
    exchanges=30_000, changes=5_000, active=0.2, cells=64,
)  # fmt: skip
WORKLOADS: Final = (ONE_MACHINE, REGION, WORLD)
