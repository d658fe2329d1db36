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
    cold: float = 0.0
    """Share of the checks whose organization has to be loaded first; the simulation says how large it is."""
    average: float = 0.3
    """Load of a day's average second, beside the busiest."""
    cells: int = 1
    """Databases the organizations are spread over; every one has replicas of the service of its own."""


ONE_MACHINE: Final = Workload(
    name="machine",
    title="One virtual machine",
    organizations=200,
    relationships=60_000,
    delegations=10_000,
    checks=300,
    exchanges=30,
    changes=2,
    active=1.0,
)
REGION: Final = Workload(
    name="region",
    title="A region of a million users",
    organizations=20_000,
    relationships=20_000_000,
    delegations=1_000_000,
    checks=20_000,
    exchanges=2_000,
    changes=50,
    active=0.5,
    cold=0.1,
    cells=2,
)
WORLD: Final = Workload(
    name="world",
    title="A hundred million delegations and a million checks a second",
    organizations=2_000_000,
    relationships=2_000_000_000,
    delegations=100_000_000,
    checks=1_000_000,
    exchanges=30_000,
    changes=5_000,
    active=0.5,
    cold=0.1,
    cells=128,
)
WORKLOADS: Final = (ONE_MACHINE, REGION, WORLD)
