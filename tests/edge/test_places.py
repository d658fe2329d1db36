"""What an edge keeps of the picture that it decides on: where things lie in it, as long as it is that picture."""

from datetime import timedelta

import pytest

from authz_core import Object, Place
from delegation.edge import replicated
from delegation.edge.replicated import Replicated
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.tokens import Memory, public_ring
from tests.clock import NOON

ROW = {"object": "doc:a", "relation": "viewer", "subject": "user:anne", "condition": None, "context": None}


def seen(organization: Organization) -> Replicated:
    """Return an organization on a platform without a model, as it was told."""
    return Replicated(Platform(), organization, {}, public_ring([], Memory()))


def test_no_more_places_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is looked up once, and beyond the limit all are looked up anew."""
    monkeypatch.setattr(replicated, "_PLACES", 2)
    known = seen(Organization("acme"))
    world = known.world(NOON)
    first = known.place(world, Object("app:a"))
    assert known.place(world, Object("app:a")) is first
    for name in ("app:b", "app:c"):
        known.place(world, Object(name))
    assert known.place(world, Object("app:a")) is not first


def test_what_depends_on_the_time_is_looked_up_each_time() -> None:
    """Where a relationship may end, neither the world of a moment nor a place in it is kept for the next."""
    organization = Organization("acme")
    end = NOON + timedelta(seconds=5)
    organization.relationships.put({**ROW, "until": int(end.timestamp())})
    known = seen(organization)
    places = set[Place]()
    for now in (NOON, end):
        world = known.world(now)
        assert world.now == now
        places.add(known.place(world, Object("doc:a")))
    assert len(places) == 2
    assert len(organization.facts) == 0
