"""A picture that followed the log equals one that was loaded: a law, tried on random histories."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.directory.errors import DirectoryError
from delegation.state.organization import Organization
from delegation.state.pictures import Pictures
from delegation.state.platform import Platform
from delegation.state.shelf import Shelf
from delegation.state.user import User
from delegation.state.views import View
from delegation.store import Put
from tests.databases import Make
from tests.state.keeping import Clerk, CountingStore, opened

USERS = st.sampled_from(["u1", "u2"])
AGENTS = st.sampled_from(["a1", "a2"])
GROUPS = st.sampled_from(["g1", "g2", "g3"])
TREE = {
    "workspace:w1": ("organization:acme",),
    "workspace:w2": ("organization:acme",),
    "project:p1": ("workspace:w1", "workspace:w2"),
    "project:p2": ("workspace:w2", "workspace:w1"),
    "app:x1": ("project:p1", "project:p2"),
}
"""Resources, and the parents they may have; they begin below the first."""
RESOURCES = st.sampled_from(sorted(TREE))
PLACES = st.sampled_from([{"resource": resource, "parent": parent} for resource in TREE for parent in TREE[resource]])
MEMBERS = st.one_of(USERS.map("user:{}".format), GROUPS.map("group:{}#member".format))
ROLES = st.sampled_from(["workspace-member", "project-editor", "app-viewer", "org-r1", "extra"])
DELEGATIONS = st.sampled_from(["d1", "d2"])
STATUSES = st.sampled_from(["active", "suspended", "deleted"])
PERMISSIONS = st.lists(st.sampled_from(["project:view", "app:edit", "app:fly"]), max_size=2, unique=True)
ACME = st.just("acme")
ISSUERS = st.sampled_from(["https://one.example", "https://two.example"])
KEYS = st.just("https://keys.example/jwks")

FIELDS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "put-membership": {"organization": ACME, "user": USERS, "active": st.booleans()},
    "remove-membership": {"organization": ACME, "user": USERS},
    "set-user-status": {"user": USERS, "status": STATUSES},
    "create-group": {"organization": ACME, "id": GROUPS},
    "delete-group": {"organization": ACME, "id": GROUPS},
    "add-group-member": {"organization": ACME, "group": GROUPS, "member": MEMBERS},
    "remove-group-member": {"organization": ACME, "group": GROUPS, "member": MEMBERS},
    "put-permission": {"slug": st.just("app:fly"), "type": st.just("app"), "administrative": st.booleans()},
    "put-role": {"slug": st.just("extra"), "type": st.just("project"), "permissions": PERMISSIONS},
    "delete-role": {"slug": ROLES},
    "put-organization-role": {
        "organization": ACME,
        "slug": st.just("org-r1"),
        "type": st.just("project"),
        "permissions": PERMISSIONS,
    },
    "delete-organization-role": {"organization": ACME, "slug": ROLES},
    "create-resource": {"organization": ACME, "resource": RESOURCES},
    "move-resource": {"organization": ACME, "place": PLACES},
    "delete-resource": {"organization": ACME, "resource": RESOURCES, "cascade": st.booleans()},
    "assign": {"organization": ACME, "principal": MEMBERS, "role": ROLES, "resource": RESOURCES},
    "unassign": {"organization": ACME, "principal": MEMBERS, "role": ROLES, "resource": RESOURCES},
    "set-agent-status": {"id": AGENTS, "status": STATUSES},
    "admit-agent": {"organization": ACME, "agent": AGENTS, "ceiling": st.sampled_from(["none", []])},
    "dismiss-agent": {"organization": ACME, "agent": AGENTS},
    "put-identity-provider": {"id": st.sampled_from(["p1", "p2"]), "issuer": ISSUERS, "jwks_uri": KEYS},
    "remove-identity-provider": {"id": st.sampled_from(["p1", "p2"])},
    "link-identity": {"user": USERS, "issuer": ISSUERS, "subject": st.sampled_from(["s1", "s2"])},
    "appoint-administrator": {"user": USERS},
    "dismiss-administrator": {"user": USERS},
    "suspend-delegation": {"organization": ACME, "id": DELEGATIONS},
    "resume-delegation": {"organization": ACME, "id": DELEGATIONS},
    "revoke-delegation": {"organization": ACME, "id": DELEGATIONS},
    "grant": {"id": DELEGATIONS, "user": USERS, "agent": AGENTS, "resource": RESOURCES, "at": st.integers(0, 9)},
    "look": {},
}
HISTORIES = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), st.fixed_dictionaries(FIELDS[name]))),
    min_size=5,
    max_size=25,
)
BEGINNING: list[tuple[str, dict[str, Any]]] = [
    ("create-organization", {"id": "acme"}),
    *(("create-user", {"id": user}) for user in ("u1", "u2")),
    *(("put-membership", {"organization": "acme", "user": user}) for user in ("u1", "u2")),
    ("register-agent", {"id": "a1", "secret": True}),
    ("admit-agent", {"organization": "acme", "agent": "a1", "ceiling": "none"}),
    *(
        ("create-resource", {"organization": "acme", "resource": resource, "parent": parents[0]})
        for resource, parents in TREE.items()
    ),
    ("look", {}),
]


def delegation(id: str, user: str, agent: str, resource: str, at: int) -> Put:
    """Return a delegation that is there afterwards."""
    limits: dict[str, Any] = {
        "not_before": 0,
        "expires_at": 9,
        "depth": 0,
        "unattended": False,
        "audiences": None,
        "parent": None,
    }
    ended: dict[str, Any] = {"ended_at": None, "ended_by": None, "budget": None}
    said: dict[str, Any] = {"purpose": "", "consent": {}, "status": "active", **ended}
    held: dict[str, Any] = {"roles": ["project-editor"], "permissions": ["project:view"], "resource": resource}
    row: dict[str, Any] = {"id": id, "user": user, "agent": agent, "created_at": at, "created_by": "user:u1"}
    return Put("delegations", {**row, **held, **limits, **said})


def kept(picture: Platform | Organization | User) -> dict[str, Any]:
    """Return everything that a picture shows, in a form that can be compared."""
    shelves = {name: dict(table) for name, table in picture.tables.items() if isinstance(table, Shelf)}
    shown: dict[str, Any] = {"revision": picture.revision, **shelves}
    if isinstance(picture, Organization):
        shown["facts"] = frozenset(picture.facts)
        shown["between"] = {(u, a): picture.delegations.between(u, a) for u in ("u1", "u2") for a in ("a1", "a2")}
    return shown


def all_of(view: View) -> list[dict[str, Any]]:
    """Return everything that a view shows."""
    world = view.world
    assert world is not None
    pictures: tuple[Platform | Organization | User, ...] = (
        view.platform,
        world.organization,
        *(view.users[user] for user in ("u1", "u2")),
    )
    shown = [kept(picture) for picture in pictures]
    return [*shown, {"roles": world.model.roles, "administrative": world.model.administrative}]


async def looked(pictures: Pictures) -> View:
    """Return the newest view of the organization and its people."""
    return await pictures.view(organization="acme", users=("u1", "u2"))


async def live(store: CountingStore, follower: Pictures, history: list[tuple[str, dict[str, Any]]]) -> None:
    """Let a history happen; somebody else looks now and then."""
    clerk = Clerk(Pictures(store, rows=100_000))
    for name, fields in (*BEGINNING, *history):
        if name == "look":
            await looked(follower)
        elif name == "grant":
            await store.change("org:acme", delegation(**fields))
        else:
            with suppress(DirectoryError):
                given = {field: value for field, value in fields.items() if field != "place"}
                await clerk.give(name, **given, **fields.get("place", {}))


async def compare(database: str, history: list[tuple[str, dict[str, Any]]]) -> None:
    """Fail unless who followed a history sees what who comes afterwards sees."""
    async with opened(database, "writer") as writer, opened(database, "follower") as reader:
        follower = Pictures(reader, rows=100_000)
        await live(writer, follower, history)
        followed, loaded = await looked(follower), await looked(Pictures(reader, rows=100_000))
        assert all_of(followed) == all_of(loaded)


@pytest.mark.threat("I7")
@given(history=HISTORIES)
def test_what_followed_equals_what_was_loaded(
    databases: Make, prepared: str, history: list[tuple[str, dict[str, Any]]]
) -> None:
    """After any history a picture that followed the log shows exactly what a fresh one shows."""
    with databases(prepared) as database:
        asyncio.run(compare(database, history))
