"""Under a relationship model, a bound lets through what somebody may do who holds just that and is nobody else."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Allowed, Holding, Object
from delegation.authority.bounds import Bound, all_within, within
from delegation.authority.effective import may
from delegation.state.entities import Row
from delegation.state.organization import Organization
from delegation.state.platform import Platform
from delegation.state.world import World
from tests.authority.worlds import NOW, user

pytestmark = [pytest.mark.semantics("3"), pytest.mark.threat("I1")]

MODEL: Final = (Path(__file__).parents[2] / "policies" / "documents.fga").read_text(encoding="utf-8")
FOLDERS: Final = tuple(f"folder:f{number}" for number in range(4))
DOCUMENTS: Final = tuple(f"document:d{number}" for number in range(4))
GIVEN: Final = ("owner", "editor", "viewer")
ASKED: Final = frozenset({"can_view", "can_edit", "can_share", "can_add_document"})
FRESH: Final = "fresh"
"""A user of whom nothing else is known."""


def row(subject: str, relation: str, object: str) -> Row:
    """Return a relationship as it is stored."""
    named = {"object": object, "relation": relation, "subject": subject}
    return {**named, "condition": None, "context": None, "until": None}


def placed(random: Random) -> list[Row]:
    """Return a forest of folders with documents in them, groups in groups, and what groups and people hold there."""
    # No circle: what is subtracted round a circle is no answer for a person, and a bound subtracts nothing.
    rows = [row(random.choice(FOLDERS[:n]), "parent", FOLDERS[n]) for n in (1, 2, 3) if random.random() < 0.7]
    rows += [row(random.choice(FOLDERS), "parent", document) for document in DOCUMENTS if random.random() < 0.8]
    rows += [row("group:g0#member", "member", "group:g1"), row("user:anne", "member", "group:g0")]
    for _ in range(random.randrange(8)):
        subject, thing = random.choice(("user:anne", "group:g1#member")), random.choice((*FOLDERS, *DOCUMENTS))
        rows.append(row(subject, random.choice((*GIVEN, "blocked")), thing))
    return rows


def world_with(rows: list[Row]) -> World:
    """Return the world of an organization with these relationships, in which all users named are members."""
    platform, organization = Platform(), Organization("o")
    document = {"text": MODEL, "delegable": None}
    platform.tables["relationship_models"].put({"id": "00000001", "document": document, "created_at": 0})
    organization.tables["organizations"].put({"id": "o", "name": "", "status": "active"})
    for name in ("anne", FRESH):
        organization.tables["memberships"].put({"user": name, "active": True})
    for each in rows:
        organization.tables["relationships"].put(each)
    users = {name: user(name, suspended=False) for name in ("anne", FRESH)}
    return World(platform, organization, users, platform.model, datetime.fromtimestamp(NOW, UTC))


@given(st.integers(0, 2**32))
def test_a_bound_is_what_a_fresh_user_may_do_who_holds_just_that(seed: int) -> None:
    """Holding S on X implies on any thing what it implies for a new person with S on X; what everyone has adds none."""
    random = Random(seed)
    rows = placed(random)
    everyone = [row("user:*", "viewer", each) for each in DOCUMENTS if random.random() < 0.3]
    held, place = frozenset(random.sample(GIVEN, random.randrange(1, 3))), random.choice((*FOLDERS, *DOCUMENTS))
    bound = Bound(Holding(Object(place), held), None)
    bounded = world_with([*rows, *everyone])
    alone = world_with([*rows, *(row(f"user:{FRESH}", relation, place) for relation in held)])
    for thing in map(Object, (*FOLDERS, *DOCUMENTS)):
        by_hand = {name for name in ASKED if isinstance(may(alone, FRESH, name, thing), Allowed)}
        single = {name for name in ASKED if isinstance(within(bounded, bound, name, thing, NOW), Allowed)}
        assert single == by_hand == all_within(bounded, bound, ASKED, thing, NOW)
