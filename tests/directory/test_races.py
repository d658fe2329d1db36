"""Commands given at the same moment to two replicas of the service: exactly one winner, nothing lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import httpx2
import pytest

from tests.clock import Clock
from tests.directory.routes import Asked
from tests.end_to_end.deployment import ADMINISTRATOR, JSON, Deployment, running

ROUNDS = 15
HEADERS = {"Authorization": f"Bearer {ADMINISTRATOR}"}

pytestmark = pytest.mark.threat("10")


@dataclass(frozen=True)
class Replicas:
    """Two servers on one database."""

    houses: tuple[Deployment, Deployment]
    pool: ThreadPoolExecutor

    def must(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Send a request that has to succeed to the first of them."""
        return self.houses[0].must(method, path, body)

    def at_once(self, requests: list[Asked]) -> list[httpx2.Response]:
        """Send all requests at the same moment, each to the other replica than its neighbour; return the answers."""
        barrier = Barrier(len(requests))

        def send(number: int) -> httpx2.Response:
            request = requests[number]
            with httpx2.Client(base_url=self.houses[number % 2].issuer, headers=HEADERS, timeout=30) as http:
                http.get("/healthz")
                barrier.wait(30)
                return http.request(request.method, request.path, json=request.body)

        return list(self.pool.map(send, range(len(requests))))


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Two servers on one database, with folders that lie in folders and a workspace in the organization acme."""
    directory, clock = tmp_path_factory.mktemp("house") / "data", Clock()
    with running(directory, clock) as one, running(directory, clock) as other, ThreadPoolExecutor(40) as pool:
        one.must("PUT", "/resource-types/folder", {"parents": ["workspace", "folder"]})
        one.must("POST", "/organizations", {"id": "acme"})
        one.must("POST", "/organizations/acme/resources", {"resource": "workspace:w"})
        yield Replicas((one, other), pool)


def move(resource: str, parent: str) -> Asked:
    """Return the request to move a folder."""
    return Asked("PATCH", f"/organizations/acme/resources/folder:{resource}", {"parent": parent})


def test_of_two_moves_that_close_a_cycle_exactly_one_wins(replicas: Replicas) -> None:
    """When a is moved below b while b is moved below a, one succeeds and the other is refused, every time."""
    for name in "ab":
        resource = {"resource": f"folder:{name}", "parent": "workspace:w"}
        replicas.must("POST", "/organizations/acme/resources", resource)
    for _ in range(ROUNDS):
        answers = replicas.at_once([move("a", "folder:b"), move("b", "folder:a")])
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        for name in "ab":
            replicas.must("PATCH", f"/organizations/acme/resources/folder:{name}", {"parent": "workspace:w"})


def test_of_two_groups_put_into_each_other_exactly_one_is(replicas: Replicas) -> None:
    """When a is put into b while b is put into a, one succeeds and the other is refused, every time."""
    members = "/organizations/acme/groups/{}/members/group:{}%23member"
    for name in "ab":
        replicas.must("POST", "/organizations/acme/groups", {"id": name})
    pairs = [("a", "b"), ("b", "a")]
    for _ in range(ROUNDS):
        answers = replicas.at_once([Asked("PUT", members.format(*pair), None) for pair in pairs])
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        for answer, pair in zip(answers, pairs, strict=True):
            if answer.is_success:
                replicas.must("DELETE", members.format(*pair))


MADE: dict[str, Callable[[str], list[Asked]]] = {
    "organization": lambda name: [Asked("POST", "/organizations", {"id": name})] * 8,
    "user": lambda name: [Asked("POST", "/users", {"id": name})] * 8,
    "agent": lambda name: [Asked("POST", "/agents", {"id": name, "secret": True})] * 8,
    "group": lambda name: [Asked("POST", "/organizations/acme/groups", {"id": name})] * 8,
    "resource": lambda name: [Asked("POST", "/organizations/acme/resources", {"resource": f"workspace:{name}"})] * 8,
    "one of three": lambda name: (
        [
            Asked("POST", "/users", {"id": name}),
            Asked("POST", "/agents", {"id": name, "secret": True}),
            Asked("POST", "/services", {"id": name, "audience": f"https://{name}.example"}),
        ]
        * 2
    ),
    "audience": lambda name: [
        Asked("POST", "/services", {"id": f"{name}-{n}", "audience": f"https://{name}.example"}) for n in range(6)
    ],
}


@pytest.mark.parametrize("kind", MADE)
def test_a_name_is_won_by_one_alone(replicas: Replicas, kind: str) -> None:
    """Of many who make something of the same name at the same moment one succeeds, and all others are told 409."""
    for number in range(3):
        answers = replicas.at_once(MADE[kind](f"{kind.replace(' ', '-')}{number}"))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: len(answers) - 1}


def test_no_change_is_lost_in_a_crowd(replicas: Replicas) -> None:
    """Many changes of one organization at once wait for each other: all succeed, each with a revision of its own."""
    names = {f"crowd{number}" for number in range(40)}
    answers = replicas.at_once([Asked("POST", "/organizations/acme/groups", {"id": name}) for name in sorted(names)])
    assert Counter(answer.status_code for answer in answers) == {201: len(names)}
    assert len({answer.json()["revision"] for answer in answers}) == len(names)
    for house in replicas.houses:
        assert names <= set(house.must("GET", "/organizations/acme")["groups"])


def test_what_one_replica_acknowledged_the_other_knows_at_its_next_request(replicas: Replicas) -> None:
    """A change is seen by every replica as soon as it was acknowledged by one."""
    for number in range(ROUNDS):
        writer, reader = replicas.houses[number % 2], replicas.houses[1 - number % 2]
        revision = writer.must("POST", "/organizations/acme/groups", {"id": f"seen{number}"})["revision"]
        shown = reader.must("GET", "/organizations/acme")
        assert (f"seen{number}" in shown["groups"], shown["revision"]) == (True, revision)
