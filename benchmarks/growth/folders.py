"""A deployment whose only organization has something of each shape: tokens that differ in what is varied alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from benchmarks import wire
from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment
from benchmarks.world import CHAIN_LENGTH, DOCUMENTS, Agent, claimed_delegation

POLICY: Final = Path(__file__).with_name("folders.toml")
DEPTHS: Final = tuple(range(1, 9))
NESTED: Final = (1, 2, 4, 8, 16)
GROUPS: Final = (1, 10, 100)
_TOP: Final = "folder:f1"
_ROLE: Final = "folder-editor"
_TOKENS: Final = 16
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_RECEIPT: Final = "urn:ietf:params:oauth:token-type:jwt"


@dataclass(frozen=True, slots=True)
class Point:
    """One number of what is varied, and requests that differ from those of other numbers in that alone."""

    number: int
    introspections: tuple[str, ...]
    evaluations: tuple[str, ...]
    exchange: str


Shapes = Mapping[str, tuple[Point, ...]]
"""Points by the name of what is varied."""


def furnish(deployment: Deployment) -> Shapes:
    """Return the points of every shape, made in an empty deployment that is being served. Raises NotFurnished."""
    with httpx2.Client(base_url=deployment.issuer, timeout=30.0) as http:
        hands = _Hands(Administration(http, deployment.administrator), deployment)
        return hands.shapes()


class _Hands:
    def __init__(self, administration: Administration, deployment: Deployment) -> None:
        self._administration = administration
        self._deployment = deployment
        self._service = ""
        self._planner = ""

    def shapes(self) -> Shapes:
        do = self._administration
        do.create_organization()
        for depth in DEPTHS:
            do.add_resource(f"folder:f{depth}", f"folder:f{depth - 1}" if depth > 1 else None)
        self._service = do.register_service("documents", DOCUMENTS)
        self._planner = self._agent("planner")
        self._user("deep")
        do.assign("user:deep", _ROLE, _TOP)
        chain = list(self._chain(self._granted("deep", depth=CHAIN_LENGTH - 1)))
        return {
            "chain": tuple(self._point(number, agent, _TOP) for number, agent in enumerate(chain, start=1)),
            "depth": tuple(self._point(depth, chain[0], f"folder:f{depth}") for depth in DEPTHS),
            "nesting": tuple(self._point(count, self._nested(count), _TOP) for count in NESTED),
            "groups": tuple(self._point(count, self._in_many(count), _TOP) for count in GROUPS),
        }

    def _agent(self, id: str) -> str:
        return self._administration.register_agent(id, {"secret": True}, {"resource": _TOP, "roles": [_ROLE]})

    def _user(self, user: str) -> None:
        self._administration.add_user(user)

    def _nested(self, count: int) -> Agent:
        """Let somebody in the innermost of so many groups delegate; the outermost holds the role."""
        user = f"nested{count}"
        self._user(user)
        for n in range(count):
            self._administration.add_group(f"{user}-{n}")
            member = f"group:{user}-{n - 1}#member" if n else f"user:{user}"
            self._administration.add_member(f"{user}-{n}", member)
        self._administration.assign(f"group:{user}-{count - 1}#member", _ROLE, _TOP)
        return self._granted(user)

    def _in_many(self, count: int) -> Agent:
        """Let somebody in so many groups delegate; the last of them holds the role."""
        user = f"many{count}"
        self._user(user)
        for n in range(count):
            self._administration.add_group(f"{user}-{n}")
            self._administration.add_member(f"{user}-{n}", f"user:{user}")
        self._administration.assign(f"group:{user}-{count - 1}#member", _ROLE, _TOP)
        return self._granted(user)

    def _wish(self, agent: str, depth: int) -> dict[str, Any]:
        wish = {"organization": ORGANIZATION, "agent": agent, "resource": _TOP, "roles": [_ROLE]}
        return {**wish, "depth": depth, "expires_in": 7_200 - CHAIN_LENGTH + depth, "unattended": True}

    def _granted(self, user: str, depth: int = 0) -> Agent:
        by_hand = self._administration.user_token(user, f"{self._deployment.issuer}/delegations")
        granted = self._administration.ask("POST", "/delegations", self._wish("planner", depth), bearer=by_hand)
        return Agent("planner", self._planner, str(granted["receipt"]))

    def _chain(self, first: Agent) -> Iterator[Agent]:
        yield first
        above = first
        for hop in range(1, CHAIN_LENGTH):
            wish = self._wish(f"hop{hop}", CHAIN_LENGTH - 1 - hop)
            secret = self._agent(f"hop{hop}")
            made = self._administration.delegate(claimed_delegation(above.receipt), wish, above.id, above.secret)
            above = Agent(f"hop{hop}", secret, str(made["receipt"]))
            yield above

    def _point(self, number: int, agent: Agent, folder: str) -> Point:
        entry = {"type": "resource_role", "identifier": folder, "privileges": [_ROLE], "organization": ORGANIZATION}
        wanted = {
            "grant_type": _EXCHANGE,
            "subject_token": agent.receipt,
            "subject_token_type": _RECEIPT,
            "resource": DOCUMENTS,
            "authorization_details": json.dumps([entry]),
        }
        tokens = [self._token(agent, wanted) for _ in range(_TOKENS)]
        service = wire.basic("documents", self._service)
        return Point(
            number,
            tuple(wire.form("/introspect", {"token": token}, service) for token in tokens),
            tuple(_evaluation(token, folder, service) for token in tokens),
            wire.form("/token", wanted, wire.basic(agent.id, agent.secret)),
        )

    def _token(self, agent: Agent, wanted: Mapping[str, str]) -> str:
        answer = self._administration.http.post("/token", data=dict(wanted), auth=(agent.id, agent.secret))
        return str(answer.raise_for_status().json()["access_token"])


def _evaluation(token: str, folder: str, service: str) -> str:
    question = {
        "subject": {"type": "token", "id": token},
        "action": {"name": "folder:edit"},
        "resource": {"type": "folder", "id": folder.partition(":")[2]},
    }
    return wire.request("/access/v1/evaluation", "application/json", json.dumps(question), service)
