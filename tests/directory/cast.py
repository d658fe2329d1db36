"""Two organizations and their people, and everybody who may not administer one of them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx2

from tests.directory.life import samples
from tests.directory.routes import DELETIONS, READINGS, Asked, asked
from tests.end_to_end.deployment import ADMINISTRATOR, Deployment
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import Tenant

ADMINISTER: Final = "organization-admin"
NOT_KNOWN: Final = frozenset({401})
NOT_ALLOWED: Final = frozenset({403, 404})


def every_request(organization: str) -> list[Asked]:
    """Return a well-formed request for every management route, about an organization."""
    commands: list[tuple[str, Mapping[str, Any]]] = [
        (command, {**fields, **({"organization": organization} if "organization" in fields else {})})
        for command, fields in samples().items()
    ]
    return [
        *(asked(command, fields) for command, fields in commands),
        *(Asked("DELETE", path.format(user="anne", id="planner"), None) for path in DELETIONS),
        *(Asked("GET", path.format(organization=organization), None) for path in READINGS),
    ]


def sent(house: Deployment, request: Asked, bearer: str | None) -> httpx2.Response:
    """Return the answer to a request with a bearer token, or with none."""
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    return house.http.request(request.method, request.path, json=request.body, headers=headers)


class Cast:
    """Two organizations, ours and theirs, and people who are something in one of them."""

    def __init__(self, ours: Tenant, theirs: Tenant, people: IdentityProvider) -> None:
        """Make the people: an administrator of each organization and of the platform."""
        self.house = ours.house
        self.ours, self.theirs, self.people = ours, theirs, people
        self.chief = ours.join("chief")
        self.rival = theirs.join("chief")
        ours.assign(f"user:{self.chief}", ADMINISTER, f"organization:{ours.id}")
        theirs.assign(f"user:{self.rival}", ADMINISTER, f"organization:{theirs.id}")
        self.root = ours.join("root")
        self.house.must("PUT", f"/administrators/{self.root}")
        self.their_own = trusted(self.house, f"own-{theirs.id}", organization=theirs.id)
        self.our_own = trusted(self.house, f"own-{ours.id}", organization=ours.id)


def suspended(cast: Cast) -> str:
    """Return a token of an administrator of the platform whose account was suspended."""
    user = cast.ours.join("sleeper")
    cast.house.must("PUT", f"/administrators/{user}")
    cast.house.must("PATCH", f"/users/{user}", {"status": "suspended"})
    return cast.people.to_manage(user)


def an_agents_token(cast: Cast) -> str:
    """Return the token an agent got for an administrator of the organization."""
    cast.ours.grant(cast.chief)
    return cast.ours.token(cast.chief)


def both(cast: Cast) -> list[str]:
    """Return the audience of management, and one more."""
    return [f"{cast.house.issuer}/management", cast.house.issuer]


ACT: Final = {"act": {"sub": "planner"}}
CALLERS: Final[dict[str, tuple[frozenset[int], Callable[[Cast], str | None]]]] = {
    "nobody": (NOT_KNOWN, lambda _: None),
    "rubbish": (NOT_KNOWN, lambda _: "rubbish"),
    "nearly the secret": (NOT_KNOWN, lambda _: ADMINISTRATOR[:-1]),
    "a token for the issuer": (NOT_KNOWN, lambda c: c.people.token(c.chief)),
    "a token for the user's own hand": (NOT_KNOWN, lambda c: c.people.by_hand(c.chief)),
    "a token for two audiences": (NOT_KNOWN, lambda c: c.people.token(c.chief, aud=both(c))),
    "a token that has expired": (NOT_KNOWN, lambda c: c.people.to_manage(c.chief, exp=c.ours.now - 3600)),
    "a token that says who acts": (NOT_KNOWN, lambda c: c.people.to_manage(c.chief, **ACT)),
    "a token issued to an agent": (NOT_KNOWN, lambda c: c.people.to_manage(c.chief, client_id=c.ours.planner.id)),
    "an agent's token": (NOT_KNOWN, an_agents_token),
    "an unknown user": (NOT_KNOWN, lambda c: c.people.to_manage("nobody")),
    "a suspended administrator of the platform": (NOT_KNOWN, suspended),
    "a member": (NOT_ALLOWED, lambda c: c.people.to_manage(c.ours.anne)),
    "another organization's administrator": (NOT_ALLOWED, lambda c: c.people.to_manage(c.rival)),
    "ours, by another's provider": (NOT_ALLOWED, lambda c: c.their_own.to_manage(c.chief)),
    "the platform's, by another's provider": (NOT_ALLOWED, lambda c: c.their_own.to_manage(c.root)),
    "ours, by a token for another": (NOT_ALLOWED, lambda c: c.people.to_manage(c.chief, org_id=c.theirs.id)),
    "the platform's, by a token for another": (NOT_ALLOWED, lambda c: c.people.to_manage(c.root, org_id=c.theirs.id)),
}
