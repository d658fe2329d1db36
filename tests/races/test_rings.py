"""Changes that would together close a ring: all but one are made, whoever comes last is refused."""

from collections import Counter
from itertools import count

import httpx2
import pytest

from tests.directory.routes import Asked, asked
from tests.end_to_end.tenant import Tenant
from tests.races.replicas import Replicas

pytestmark = [pytest.mark.threat("10")]

LENGTHS = [2, 3, 5]
ROUNDS = [20, pytest.param(200, marks=pytest.mark.slow)]
WORKSPACE = "workspace:design"
_serial = count()


def outcomes(answers: list[httpx2.Response]) -> Counter[int]:
    """Return how often each status was answered."""
    return Counter(answer.status_code for answer in answers)


def parents(replicas: Replicas, tenant: Tenant) -> dict[str, str | None]:
    """Return what lies below what; fails unless both servers say the same and nothing lies below itself."""
    shown = replicas.shown(f"/organizations/{tenant.id}")["resources"]
    tree = {one["resource"]: one["parent"] for one in shown}
    for resource in tree:
        above = [resource]
        while (up := tree[above[-1]]) is not None:
            assert up not in above
            above.append(up)
    return tree


def folders(tenant: Tenant, length: int) -> list[str]:
    """Return new folders side by side."""
    made = [f"folder:f{next(_serial)}" for _ in range(length)]
    for folder in made:
        tenant.resource(folder, WORKSPACE)
    return made


def move(tenant: Tenant, resource: str, parent: str) -> Asked:
    """Return the request to move a folder."""
    return asked("move-resource", {"organization": tenant.id, "resource": resource, "parent": parent})


def spread(replicas: Replicas, tenant: Tenant, folders: list[str]) -> None:
    """Move folders side by side again."""
    answers = replicas.at_once([move(tenant, folder, WORKSPACE) for folder in folders])
    assert outcomes(answers) == {200: len(folders)}


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_ring_of_moves_is_never_closed(replicas: Replicas, tenant: Tenant, length: int, rounds: int) -> None:
    """When each of several folders is moved below the next at once, one move is refused and the others are made."""
    ring = folders(tenant, length)
    moves = dict(zip(ring, (*ring[1:], ring[0]), strict=True))
    for _ in range(rounds):
        answers = replicas.at_once([move(tenant, *pair) for pair in moves.items()])
        assert outcomes(answers) == {200: length - 1, 422: 1}
        tree = parents(replicas, tenant)
        for answer, (folder, below) in zip(answers, moves.items(), strict=True):
            assert tree[folder] == (below if answer.is_success else WORKSPACE)
        spread(replicas, tenant, ring)


@pytest.mark.slow
def test_a_crowd_of_crossing_moves_leaves_a_tree(replicas: Replicas, tenant: Tenant) -> None:
    """When every folder is moved below every other at once, each move is made or refused, and a tree is left."""
    crowd = folders(tenant, 4)
    for _ in range(20):
        moves = [(one, other) for one in crowd for other in crowd if one != other]
        answers = replicas.at_once([move(tenant, *pair) for pair in moves])
        assert set(outcomes(answers)) <= {200, 422}
        tree = parents(replicas, tenant)
        made = {pair for answer, pair in zip(answers, moves, strict=True) if answer.is_success}
        assert all((folder, tree[folder]) in made or tree[folder] == WORKSPACE for folder in crowd)
        assert made
        spread(replicas, tenant, crowd)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_ring_of_groups_is_never_closed(replicas: Replicas, tenant: Tenant, length: int, rounds: int) -> None:
    """When each of several groups is put into the next at once, one is refused and the others are put in."""
    ring = [f"g{next(_serial)}" for _ in range(length)]
    for group in ring:
        tenant.must("POST", "/groups", {"id": group})
    nestings = [
        {"organization": tenant.id, "group": above, "member": f"group:{below}#member"}
        for below, above in zip(ring, (*ring[1:], ring[0]), strict=True)
    ]
    for _ in range(rounds):
        answers = replicas.at_once([asked("add-group-member", nesting) for nesting in nestings])
        assert outcomes(answers) == {200: length - 1, 422: 1}
        # Only what was put in can be taken out.
        removed = replicas.at_once([asked("remove-group-member", nesting) for nesting in nestings])
        assert [answer.is_success for answer in removed] == [answer.is_success for answer in answers]
