"""A mixed load on a server that may die at any moment, and a ledger of what it acknowledged."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event

import httpx2

from tests.durability.world import World, claims_of

WORKERS = 5
STATUSES = {"suspended": ("POST", "/suspend"), "active": ("POST", "/resume"), "revoked": ("DELETE", "")}


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
    wrong: list[str] = field(default_factory=list)
    """Answers that are neither success nor 503."""

    @property
    def jtis(self) -> set[str]:
        """The `jti` of every token received."""
        return {str(claims_of(token)["jti"]) for token in self.tokens}


class Worker:
    """One client that does one thing after the other to things that only it changes."""

    def __init__(self, world: World, ledger: Ledger, number: int, chance: random.Random) -> None:
        """Be the user with this number."""
        self.world, self.ledger, self.chance = world, ledger, chance
        self.user = f"u{number}"
        self.http = httpx2.Client(base_url=world.issuer, timeout=30.0)

    def work(self, stopping: Event) -> None:
        """Work until told to stop or until the server is gone."""
        deeds = (self.delegate, self.delegate, self.delegate, self.leave_and_join, self.create)
        with self.http:
            while not stopping.is_set():
                try:
                    self.chance.choice(deeds)()
                except httpx2.TransportError:
                    return

    def is_done(self, answer: httpx2.Response) -> bool:
        """Tell whether the server acknowledged; note an answer that there must not be."""
        if not answer.is_success and answer.status_code != 503:
            self.ledger.wrong.append(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        return answer.is_success

    def change(self, account: Account, to: str, ask: Callable[[], httpx2.Response]) -> None:
        """Note that a thing may be changed, ask for it, note that it is."""
        account.perhaps = to
        if self.is_done(ask()):
            account.settle(to)

    def delegate(self) -> None:
        """Grant, get a token or two, suspend or resume, end."""
        granted = self.world.grant(self.http, self.user)
        if not self.is_done(granted):
            return
        id = str(granted.json()["id"])
        account = self.ledger.delegations[id] = Account("active")
        for _ in range(self.chance.randint(0, 2)):
            answer = self.world.exchange(self.http, self.user, id)
            if self.is_done(answer):
                self.ledger.tokens[answer.json()["access_token"]] = id
        for status, (method, verb) in STATUSES.items():
            if self.chance.random() < 0.6:
                path = f"/delegations/{id}{verb}?organization=acme"
                self.change(account, status, partial(self.world.hand, self.http, self.user, method, path))

    def leave_and_join(self) -> None:
        """Lose the role in the workspace and get it back."""
        user = f"{self.user}-member"
        account = self.ledger.members.setdefault(user, Account("in"))
        to = "in" if account.surely == "out" else "out"
        method = "PUT" if to == "in" else "DELETE"
        self.change(account, to, partial(self.world.assignment, self.http, method, user))

    def create(self) -> None:
        """Make a user known under a new name."""
        name = f"{self.user}-{self.chance.getrandbits(48):012x}"
        account = self.ledger.users[name] = Account("absent")
        self.change(account, "there", partial(self.world.manage, self.http, "POST", "/users", {"id": name}))


@contextmanager
def loaded(world: World, ledger: Ledger, chance: random.Random) -> Iterator[None]:
    """Keep a server busy until the block ends; what workers raise is raised here."""
    stopping = Event()
    workers = [Worker(world, ledger, number, random.Random(chance.random())) for number in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        running = [pool.submit(worker.work, stopping) for worker in workers]
        try:
            yield
        finally:
            stopping.set()
        for each in running:
            each.result(60)
