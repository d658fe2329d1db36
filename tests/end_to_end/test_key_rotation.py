"""Keys change while two processes serve: an hour of exchanges with a clock that runs fast."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from delegation.app.key_keeping import KeyKeeper, with_keys
from delegation.tokens import KeyChange, KeyState, Purpose
from tests.clock import Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import JWT, Deployment
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant, documents_service, found
from tests.rfc.minting import header_of

T = TypeVar("T")
ISSUER: Final = "https://as.example"
MINUTE: Final = timedelta(minutes=1)
AT_ONCE: Final = 4


@dataclass
class OfflineService:
    """Verifies by itself, and asks for the keys again when the answer that it has is as old as it may become."""

    house: Deployment
    keys: Any = None
    until: datetime | None = None
    seen: set[tuple[str, str]] = field(default_factory=set)

    def verify(self, token: str) -> None:
        """Verify the signature; fails when the key is unknown."""
        now = self.house.clock()
        if self.until is None or now >= self.until:
            answer = self.house.http.get("/jwks.json")
            age = int(answer.headers["cache-control"].partition("max-age=")[2])
            self.keys, self.until = KeySet.import_key_set(answer.json()), now + timedelta(seconds=age)
        self.seen.add((header_of(token)["kid"], header_of(token)["alg"]))
        assert header_of(token)["kid"] in {key.kid for key in self.keys.keys}
        jwt.decode(token, self.keys, algorithms=["ES256", "Ed25519", "RS256"])


@dataclass
class Pair:
    """Two processes on one database, an organization, a service that verifies offline, and the tokens that are good."""

    houses: tuple[Deployment, Deployment]
    tenant: Tenant
    receipt: str
    offline: OfflineService
    tokens: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """The clock of both."""
        return self.houses[0].clock

    def exchange(self, house: Deployment, by_receipt: bool) -> tuple[int, str]:  # noqa: FBT001 - mapped over
        """Ask a process for a token, by the receipt or by a token of the development provider."""
        entry = {"type": "resource_role", "identifier": APOLLO, "privileges": [EDITOR], "organization": self.tenant.id}
        if by_receipt:
            answer = house.exchange(self.tenant.planner, self.receipt, subject_token_type=JWT)
        else:
            answer = house.exchange(self.tenant.planner, house.user_token(self.tenant.anne), details=[entry])
        return answer.status_code, answer.json().get("access_token", answer.text)

    def work(self) -> None:
        """Get tokens from both processes at once, and let everybody verify every token that is good."""
        wanted = [(house, bool(serial % 2)) for house in self.houses for serial in range(AT_ONCE)]
        with ThreadPoolExecutor(len(wanted)) as agents:
            got = list(agents.map(lambda each: self.exchange(*each), wanted))
        assert [status for status, _ in got] == [200] * len(wanted), got
        self.tokens = [each for each in self.tokens if each[0] > self.clock()]
        self.tokens += [(self.clock() + timedelta(seconds=300), token) for _, token in got]
        for _, token in self.tokens:
            self.offline.verify(token)
        for house in self.houses:
            for _, token in self.tokens[:: AT_ONCE + 1]:
                assert house.introspect(self.tenant.documents, token)["active"] is True

    def kept(self, work: Callable[[KeyKeeper], Awaitable[T]]) -> T:
        """Do something to the keys, as the command line does beside the processes."""
        settings = self.houses[0].settings
        return asyncio.run(with_keys(settings, work, clock=self.clock))

    def rotate(self, **changed: Any) -> list[KeyChange]:
        """Rotate every key."""
        settings = self.houses[0].settings.model_copy(update=changed)
        return asyncio.run(with_keys(settings, lambda keeper: keeper.rotate(()), clock=self.clock))

    def held(self, purpose: Purpose, state: KeyState) -> list[str]:
        """Return the names of the keys of a purpose in a state."""
        return [
            each.key.kid for each in self.kept(KeyKeeper.held) if (each.key.purpose, each.state) == (purpose, state)
        ]


def opened(first: Deployment, second: Deployment) -> Pair:
    """Return the pair that two processes make."""
    tenant = found(first, "acme", documents_service(first))
    receipt = tenant.grant(unattended=True, expires_in=30 * 86_400)["receipt"]
    return Pair((first, second), tenant, receipt, OfflineService(second))


@pytest.mark.threat("60")
@pytest.mark.threat("I16")
@rfc("9068", "2.1", "rs256")
@pytest.mark.slow
def test_no_good_token_is_refused_while_keys_are_rotated(sites: Sites) -> None:
    """Two rotations under load, one to RS256: no refusal in either process, and no key that is not published yet."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as first, site.running(clock, issuer=ISSUER) as second:
        pair = opened(first, second)
        for algorithm in ("RS256", "Ed25519"):
            pair.work()
            assert len(pair.rotate(signing_algorithm=algorithm)) == len(Purpose)
            for _ in range(8):
                clock.advance(MINUTE)
                pair.work()
        assert len(pair.offline.seen) == 3
        assert {algorithm for _, algorithm in pair.offline.seen} == {"ES256", "RS256", "Ed25519"}


@pytest.mark.threat("60")
@pytest.mark.threat("K8")
def test_a_withdrawn_key_is_refused_everywhere_at_the_next_request(sites: Sites) -> None:
    """What a withdrawn key signed is worthless in both processes at once, and they go on with the key before it."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as first, site.running(clock, issuer=ISSUER) as second:
        pair = opened(first, second)
        pair.rotate()
        clock.advance(7 * MINUTE)
        _, token = pair.exchange(first, by_receipt=True)
        [stolen] = pair.held(Purpose.ACCESS_TOKEN, KeyState.ACTIVE)
        [before] = pair.held(Purpose.ACCESS_TOKEN, KeyState.RETIRED)
        assert header_of(token)["kid"] == stolen
        pair.kept(lambda keeper: keeper.withdraw(stolen))
        for house in (second, first):
            assert house.introspect(pair.tenant.documents, token) == {"active": False}
            assert stolen not in {key["kid"] for key in house.http.get("/jwks.json").json()["keys"]}
            assert house.exchange(pair.tenant.planner, token, subject_token_type=JWT).status_code == 400
            assert header_of(pair.exchange(house, by_receipt=True)[1])["kid"] == before


@pytest.mark.threat("60")
@pytest.mark.threat("K8")
def test_without_another_key_both_processes_wait_for_the_next(sites: Sites) -> None:
    """After the withdrawal of the only key, tokens are refused as unavailable until the new key begins, by itself."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as first, site.running(clock, issuer=ISSUER) as second:
        pair = opened(first, second)
        [only] = pair.held(Purpose.ACCESS_TOKEN, KeyState.ACTIVE)
        pair.kept(lambda keeper: keeper.withdraw(only))
        assert [pair.exchange(house, by_receipt=True)[0] for house in (first, second)] == [503, 503]
        clock.advance(timedelta(seconds=359))
        assert pair.exchange(first, by_receipt=True)[0] == 503
        clock.advance(timedelta(seconds=1))
        pair.work()


@pytest.mark.threat("K8")
def test_a_withdrawn_key_of_receipts_ends_every_receipt(sites: Sites) -> None:
    """Receipts that a withdrawn key signed get nothing any more; those of the next key do."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as first, site.running(clock, issuer=ISSUER) as second:
        pair = opened(first, second)
        [only] = pair.held(Purpose.RECEIPT, KeyState.ACTIVE)
        pair.kept(lambda keeper: keeper.withdraw(only))
        assert [pair.exchange(house, by_receipt=True)[0] for house in (first, second)] == [400, 400]
        clock.advance(7 * MINUTE)
        again = pair.tenant.grant(unattended=True, resource="app:storefront", roles=["app-viewer"])
        assert second.exchange(pair.tenant.planner, again["receipt"], subject_token_type=JWT).status_code == 200
