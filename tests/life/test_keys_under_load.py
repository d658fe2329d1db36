"""Keys change while requests are on their way: nobody who has done as told refuses a good token."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from time import sleep

import pytest

from delegation.tokens import MAX_AGE, KeyState, Purpose
from tests.clock import Clock
from tests.end_to_end.sites import Sites
from tests.end_to_end.test_key_rotation import ISSUER, MINUTE, OfflineService, Pair, opened
from tests.rfc.minting import header_of

LOADS = 4
HALF = timedelta(seconds=30)


@contextmanager
def pair_of(sites: Sites) -> Iterator[Pair]:
    """Two processes on one database until the block ends."""
    clock = Clock()
    with sites() as site, site.running(clock, issuer=ISSUER) as first, site.running(clock, issuer=ISSUER) as second:
        yield opened(first, second)


@contextmanager
def load(pair: Pair) -> Iterator[list[str]]:
    """Exchange at both processes, one after the other, until the block ends; then the list holds every token."""
    stopping, tokens = Event(), list[str]()

    def work(number: int) -> None:
        while not stopping.is_set():
            status, token = pair.exchange(pair.houses[number % 2], by_receipt=True)
            assert status == 200, token
            tokens.append(token)

    with ThreadPoolExecutor(LOADS) as pool:
        going = [pool.submit(work, number) for number in range(LOADS)]
        try:
            yield tokens
        finally:
            stopping.set()
        for each in going:
            each.result(60)


@pytest.mark.threat("60")
@pytest.mark.threat("I16")
def test_services_that_asked_at_different_times_know_every_key(sites: Sites) -> None:
    """However old the key set of a service is, as long as it may be, it verifies what is signed before and after."""
    with pair_of(sites) as pair:
        services = [OfflineService(house) for house in pair.houses for _ in range(5)]
        for service in services:  # One after the other, so that the age of what they know is another for each.
            pair.clock.advance(HALF)
            service.verify(pair.exchange(pair.houses[0], by_receipt=True)[1])
        pair.rotate()
        for _ in range(16):
            with load(pair) as tokens:
                while len(tokens) < 2 * LOADS:
                    sleep(0.01)
            for service in services:
                for token in {header_of(token)["kid"]: token for token in tokens}.values():
                    service.verify(token)
            pair.clock.advance(HALF)
        assert [len(service.seen) for service in services] == [2] * len(services)


@pytest.mark.threat("60")
def test_no_exchange_fails_while_keys_are_changed(sites: Sites) -> None:
    """Rotations, and the withdrawal of the key that signs, in the middle of a load: each exchange has its token."""
    with pair_of(sites) as pair:
        pair.rotate()
        pair.clock.advance(7 * MINUTE)
        with load(pair) as tokens:
            for _ in range(3):
                pair.rotate()
            [active] = pair.held(Purpose.ACCESS_TOKEN, KeyState.ACTIVE)
            pair.kept(lambda keeper: keeper.withdraw(active))
            seen = len(tokens)
            while len(tokens) < seen + 2 * LOADS:
                sleep(0.01)
        [before] = [kid for kid in {header_of(token)["kid"] for token in tokens} if kid != active]
        assert {header_of(token)["kid"] for token in tokens[-LOADS:]} == {before}
        stolen = next(token for token in tokens if header_of(token)["kid"] == active)
        for house in pair.houses:
            assert house.introspect(pair.tenant.documents, stolen) == {"active": False}
            assert house.introspect(pair.tenant.documents, tokens[-1])["active"] is True


@pytest.mark.threat("60")
@pytest.mark.threat("K8")
def test_offline_a_withdrawn_key_is_refused_within_the_age_of_a_key_set(sites: Sites) -> None:
    """A service that fetched the keys just before refuses what a withdrawn key signed 300 seconds later."""
    with pair_of(sites) as pair:
        pair.rotate()
        pair.clock.advance(7 * MINUTE)
        _, token = pair.exchange(pair.houses[0], by_receipt=True)
        pair.offline.verify(token)
        pair.kept(lambda keeper: keeper.withdraw(header_of(token)["kid"]))
        pair.clock.advance(MAX_AGE - timedelta(seconds=1))
        pair.offline.verify(token)  # Until then it cannot know.
        pair.clock.advance(timedelta(seconds=1))
        with pytest.raises(AssertionError):
            pair.offline.verify(token)
