"""Faults of every kind under load, and controls that show that a broken promise would be noticed."""

import random
from itertools import islice

import pytest

from tests.durability.campaign import Plan, campaign
from tests.durability.faults import KILL, LOST_QUESTION, POSSIBLE, drawn
from tests.durability.flaws import ACKNOWLEDGES_EARLY, RECORDS_APART, TAKES_FOR_GRANTED
from tests.durability.judging import Violation
from tests.durability.small_disk import Unmountable
from tests.durability.tracing import Untraceable
from tests.postgresql import Cluster

ENOUGH = 16
"""Faults of the right kind after which a flaw must have been noticed."""
MANY = 120
"""Lost questions of which some surely were a COMMIT: one in ten or twenty is."""

pytestmark = [pytest.mark.threat(id) for id in ("48", "50", "I3", "I12", "I13")]


def test_a_few_faults(cluster: Cluster | None) -> None:
    """After a few faults everything acknowledged is there once, nothing is half there, and all servers serve again."""
    suffered = campaign(Plan(3, seed=50), cluster)
    assert suffered.struck.total() >= 3
    assert suffered.ledger.tokens


@pytest.mark.slow
def test_many_faults(cluster: Cluster | None) -> None:
    """The same holds after each kind of fault, alone and two at once, on three servers."""
    database, bursts = ("sqlite", 12) if cluster is None else ("postgresql", 20)
    plan = Plan(bursts, seed=51, servers=3, disk=True)
    try:
        suffered = campaign(plan, cluster)
    except (Unmountable, Untraceable) as error:
        pytest.skip(str(error))
    ledger = suffered.ledger
    assert set(suffered.struck) == set(plan.kinds_on(database))
    assert len(ledger.acknowledged) < len(ledger.asked), "no fault was felt by anybody"
    assert ledger.tokens


@pytest.mark.slow
def test_the_program_as_it_is_started_from_a_shell() -> None:
    """The same holds for the program as it is started from a shell, each time anew."""
    assert campaign(Plan(5, seed=49, servers=1, kinds=(KILL,), program=True), None).ledger.tokens


def test_a_seed_repeats_the_choice_of_faults() -> None:
    """The same seed chooses the same faults, another one others, and every kind comes before one comes twice."""
    kinds = POSSIBLE["postgresql"]
    bursts = [list(islice(drawn(random.Random(seed), kinds), 2 * len(kinds))) for seed in (7, 7, 8)]
    assert bursts[0] == bursts[1] != bursts[2]
    assert {burst.faults[0].kind for burst in bursts[0][: len(kinds)]} == set(kinds)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flaw", "noticed"),
    [
        (ACKNOWLEDGES_EARLY, "the issue of `.*` is not recorded"),
        (RECORDS_APART, "is not what the log tells|keys claimed"),
    ],
)
def test_a_flaw_that_a_kill_reveals_is_noticed(cluster: Cluster | None, flaw: str, noticed: str) -> None:
    """A server that loses what it acknowledged, or leaves something half done, does not survive a few kills."""
    with pytest.raises(Violation, match=noticed):
        campaign(Plan(ENOUGH, seed=52, servers=1, kinds=(KILL,), flaw=flaw), cluster)


@pytest.mark.slow
def test_a_flaw_that_a_lost_connection_reveals_is_noticed(own_cluster: Cluster) -> None:
    """A server that guesses that a commit happened, and does not look, does not survive a few lost connections."""
    with pytest.raises(Violation, match=r"is not recorded|acknowledged 1, recorded 0|though it was acknowledged"):
        campaign(Plan(MANY, seed=52, servers=1, kinds=(LOST_QUESTION,), flaw=TAKES_FOR_GRANTED), own_cluster)
