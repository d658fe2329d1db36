"""Names and crowds: one name is won by one alone, and of many changes at once none is lost."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.directory.routes import Asked
from tests.races.replicas import RACERS, Replicas

ROUNDS = 20
FEW = 3
CROWD = 40

pytestmark = pytest.mark.threat("10")


@pytest.fixture(scope="module", autouse=True)
def acme(replicas: Replicas) -> None:
    """The organization acme, in which nothing is."""
    replicas.must("POST", "/organizations", {"id": "acme"})


MADE: dict[str, Callable[[str], list[Asked]]] = {
    "organization": lambda name: [Asked("POST", "/organizations", {"id": name})] * RACERS,
    "user": lambda name: [Asked("POST", "/users", {"id": name})] * RACERS,
    "agent": lambda name: [Asked("POST", "/agents", {"id": name, "secret": True})] * RACERS,
    "group": lambda name: [Asked("POST", "/organizations/acme/groups", {"id": name})] * RACERS,
    "resource": lambda name: (
        [Asked("POST", "/organizations/acme/resources", {"resource": f"workspace:{name}"})] * RACERS
    ),
    "one of three": lambda name: (
        [
            Asked("POST", "/users", {"id": name}),
            Asked("POST", "/agents", {"id": name, "secret": True}),
            Asked("POST", "/services", {"id": name, "audience": f"https://{name}.example"}),
        ]
        * (RACERS // 3)
    ),
    "audience": lambda name: [
        Asked("POST", "/services", {"id": f"{name}-{n}", "audience": f"https://{name}.example"}) for n in range(RACERS)
    ],
}


@pytest.mark.parametrize("kind", MADE)
def test_a_name_is_won_by_one_alone(replicas: Replicas, kind: str) -> None:
    """Of fifty who make something of the same name at the same moment one succeeds, and all others are told 409."""
    for number in range(FEW):
        answers = replicas.at_once(MADE[kind](f"{kind.replace(' ', '-')}{number}"))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: len(answers) - 1}


def test_no_change_is_lost_in_a_crowd(replicas: Replicas) -> None:
    """Many changes of one organization at once wait for each other: all succeed, each with a revision of its own."""
    names = {f"crowd{number}" for number in range(CROWD)}
    answers = replicas.at_once([Asked("POST", "/organizations/acme/groups", {"id": name}) for name in sorted(names)])
    assert Counter(answer.status_code for answer in answers) == {201: len(names)}
    assert len({answer.json()["revision"] for answer in answers}) == len(names)
    assert names <= set(replicas.shown("/organizations/acme")["groups"])


def test_what_one_replica_acknowledged_the_other_knows_at_its_next_request(replicas: Replicas) -> None:
    """A change is seen by every replica as soon as it was acknowledged by one."""
    for number in range(ROUNDS):
        writer, reader = replicas.houses[number % 2], replicas.houses[1 - number % 2]
        revision = writer.must("POST", "/organizations/acme/groups", {"id": f"seen{number}"})["revision"]
        shown = reader.must("GET", "/organizations/acme")
        assert (f"seen{number}" in shown["groups"], shown["revision"]) == (True, revision)
