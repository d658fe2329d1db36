"""A mixed load on servers that may die at any moment, and a ledger of what they acknowledged."""

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Final, TypeAlias

import httpx2

from tests.durability.server import client
from tests.durability.world import SERVICE, World, claims_of

WORKERS: Final = 5
_STATUSES: Final = {
    "suspended": ("POST", "/suspend", "delegation.suspended"),
    "active": ("POST", "/resume", "delegation.resumed"),
    "revoked": ("DELETE", "", "delegation.revoked"),
}
REPEATED: Final = frozenset({"delegation.created", "create-user"})
"""Actions that workers ask for under an idempotency key."""
_PAUSE: Final = 0.05
"""Seconds that a client waits before it asks again where nobody answered."""

Change: TypeAlias = tuple[str, str]
"""What is recorded of a change: the action, and what it was done to."""


@dataclass
class Account:
    """What one worker was told of one thing: what it surely is, or what it may be while an answer is outstanding."""

    surely: str
    perhaps: str | None = None

    def allows(self, found: str) -> bool:
        """Tell whether the thing may be found so."""
        return found in {self.surely, self.perhaps}

    def settle(self, found: str) -> None:
        """Take what was found for what it is."""
        self.surely, self.perhaps = found, None


@dataclass
class Ledger:
    """Everything that was acknowledged, and everything that may have been done."""

    delegations: dict[str, Account] = field(default_factory=dict)
    members: dict[str, Account] = field(default_factory=dict)
    users: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """The delegation of every token received, by the token."""
    asked: list[Change] = field(default_factory=list)
    acknowledged: list[Change] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Answers that are neither right nor 503."""

    @property
    def jtis(self) -> set[str]:
        """The `jti` of every token received."""
        return {str(claims_of(token)["jti"]) for token in self.tokens}


class Worker:
    """One client that does one thing after the other to things that only it changes, at any server each time."""

    def __init__(self, world: World, ledger: Ledger, user: str, chance: random.Random, stopping: Event) -> None:
        """Be this user until told to stop."""
        self.world, self.ledger, self.chance, self.user = world, ledger, chance, user
        self._stopping = stopping
        self._servers: list[httpx2.Client] = []

    @contextmanager
    def connected(self, *urls: str) -> Iterator["Worker"]:
        """Have clients of the servers at these URLs until the block ends."""
        with ExitStack() as stack:
            self._servers = [stack.enter_context(client(url)) for url in urls]
            yield self

    def work(self, *urls: str) -> None:
        """Work until told to stop."""
        deeds = (self.delegate, self.delegate, self.delegate, self.leave_and_join, self.create)
        with self.connected(*urls):
            while not self._stopping.is_set():
                if not self.chance.choice(deeds)():
                    self._stopping.wait(_PAUSE)

    @property
    def http(self) -> httpx2.Client:
        """A client of one of the servers."""
        return self.chance.choice(self._servers)

    def asked(self, ask: Callable[[], httpx2.Response]) -> httpx2.Response | None:
        """Return the answer of a server that gives one; note an answer that there must not be."""
        try:
            answer = ask()
        except httpx2.TransportError:
            return None
        if answer.is_success:
            return answer
        if answer.status_code != 503:
            self.ledger.wrong.append(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        return None

    def change(self, change: Change, ask: Callable[[], httpx2.Response]) -> httpx2.Response | None:
        """Ask for a change and return the acknowledgement, if there is one."""
        self.ledger.asked.append(change)
        if (answer := self.asked(ask)) is not None:
            self.ledger.acknowledged.append(change)
        return answer

    def once(self, change: Change, ask: Callable[[str], httpx2.Response]) -> httpx2.Response | None:
        """Ask for a creation under one idempotency key, at least once, until a server acknowledges it."""
        key = f"{self.chance.getrandbits(128):032x}"
        self.ledger.asked.append(change)
        while (answer := self.asked(partial(ask, key))) is None:
            if self._stopping.wait(_PAUSE):
                return None
        self.ledger.acknowledged.append(change)
        return answer

    def turn(self, account: Account, to: str, change: Change, ask: Callable[[], httpx2.Response]) -> bool:
        """Ask for a change of a thing unless nobody knows what it is; return whether it surely is so now."""
        if account.perhaps is not None:
            return False
        account.perhaps = to
        if self.change(change, ask) is None:
            return False
        account.settle(to)
        return True

    def delegate(self) -> bool:
        """Grant, get tokens, suspend or resume, end: every server knows at once. Tell whether it got that far."""
        asked = ("delegation.created", self.user)
        granted = self.once(asked, lambda key: self.world.grant(self.http, self.user, key))
        if granted is None:
            return False
        id = str(granted.json()["id"])
        account = self.ledger.delegations[id] = Account("active")
        tokens = [self.exchange(id) for _ in range(self.chance.randint(0, 2))]
        for status, (method, verb, action) in _STATUSES.items():
            if self.chance.random() < 0.6:
                path = f"/delegations/{id}{verb}?organization=acme"
                ask = partial(self.world.hand, self.http, self.user, method, path)
                if account.surely != status and not self.turn(account, status, (action, id), ask):
                    return False
                self.introspect([token for token in tokens if token], account)
        return True

    def exchange(self, id: str) -> str | None:
        """Return a token of a delegation that is active, if there was one to be had."""
        answer = self.change(("token.issued", id), lambda: self.world.exchange(self.http, self.user, id))
        if answer is None:
            return None
        token = str(answer.json()["access_token"])
        self.ledger.tokens[token] = id
        return token

    def introspect(self, tokens: Iterable[str], account: Account) -> None:
        """Ask any server about tokens; each is worth what its delegation is, or there is no answer."""
        for token in tokens:
            answer = self.asked(partial(self.http.post, "/introspect", data={"token": token}, auth=SERVICE))
            if answer is not None and answer.json()["active"] is not (account.surely == "active"):
                self.ledger.wrong.append(f"a token of a delegation that is {account.surely}: {answer.text}")

    def leave_and_join(self) -> bool:
        """Lose the role in the workspace or get it back; tell whether it was acknowledged."""
        user = f"{self.user}-member"
        account = self.ledger.members.setdefault(user, Account("in"))
        to, method, action = ("in", "PUT", "assign") if account.surely == "out" else ("out", "DELETE", "unassign")
        return self.turn(account, to, (action, user), lambda: self.world.assignment(self.http, method, user))

    def create(self) -> bool:
        """Make a user known under a new name; tell whether it was acknowledged."""
        name = f"{self.user}-{self.chance.getrandbits(48):012x}"
        account = self.ledger.users[name] = Account("absent", perhaps="there")
        asked = ("create-user", name)
        if self.once(asked, lambda key: self.world.manage(self.http, "POST", "/users", {"id": name}, key)) is None:
            return False
        account.settle("there")
        return True


@contextmanager
def loaded(world: World, ledger: Ledger, chance: random.Random, *urls: str) -> Iterator[None]:
    """Keep servers busy until the block ends; what workers raise is raised here."""
    stopping = Event()
    users = [f"u{number}" for number in range(WORKERS)]
    workers = [Worker(world, ledger, user, random.Random(chance.random()), stopping) for user in users]
    with ThreadPoolExecutor(WORKERS) as pool:
        running = [pool.submit(worker.work, *urls) for worker in workers]
        try:
            yield
        finally:
            stopping.set()
        for each in running:
            each.result(60)
