"""Somebody loses a right while a change that was decided on it waits to be written: that is refused."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import httpx2
import pytest

from delegation.store import Store, Unit
from tests.directory.routes import Asked
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import Tenant
from tests.races.replicas import Replicas, Send, managed

pytestmark = [pytest.mark.semantics("4")]

_TIME: Final = 4.0
"""Seconds that one waits for the other: fewer than those in which a change is decided again."""


class Waiting:
    """The first change of a partition, held up after it was decided and before it is written."""

    def __init__(self, partition: str, commit: Callable[[Store, Unit], Awaitable[Mapping[str, int]]]) -> None:
        """Hold up what `commit` would write."""
        self.decided, self.go_on = Event(), Event()
        self._partition = partition
        self._commit = commit

    async def commit(self, store: Store, unit: Unit) -> Mapping[str, int]:
        """Write a unit, the first one when it may."""
        if self._partition in unit.revisions and not self.decided.is_set():
            self.decided.set()
            assert await asyncio.to_thread(self.go_on.wait, _TIME)
        return await self._commit(store, unit)


@contextmanager
def held_up(replicas: Replicas, tenant: Tenant, send: Send) -> Iterator[Callable[[], httpx2.Response]]:
    """Send a request to the first server, hold its change up, and yield how to let it go on to its answer."""
    with pytest.MonkeyPatch.context() as patch:
        waiting = Waiting(f"org:{tenant.id}", Store.commit)
        patch.setattr(Store, "commit", lambda store, unit: waiting.commit(store, unit))  # noqa: PLW0108  binds the store
        answer = replicas.pool.submit(send, replicas.houses[0].http)
        assert waiting.decided.wait(_TIME)

        def go_on() -> httpx2.Response:
            waiting.go_on.set()
            return answer.result(_TIME)

        try:
            yield go_on
        finally:
            waiting.go_on.set()


def by(token: str, method: str, path: str, body: dict[str, Any]) -> Send:
    """Return how somebody with a token asks."""
    return lambda http: http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})


def elsewhere(replicas: Replicas, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    """Send a management request that has to succeed to the second server."""
    answer = managed(Asked(method, path, body))(replicas.houses[1].http)
    assert answer.is_success, answer.text


@pytest.fixture
def provider(replicas: Replicas, tenant: Tenant) -> IdentityProvider:
    """A provider that only this test trusts."""
    return trusted(replicas.houses[0], f"idp-{tenant.id}")


@pytest.fixture
def root(replicas: Replicas, tenant: Tenant) -> str:
    """An administrator of the platform, who holds nothing in the organization."""
    user = tenant.join("root")
    replicas.must("PUT", f"/administrators/{user}")
    return user


@pytest.mark.parametrize(
    ("path", "status"),
    [("/administrators/{user}", 403), ("/identity-providers/{provider}", 401), ("/users/{user}", 401)],
)
def test_who_loses_the_right_while_the_change_waits_is_refused(
    replicas: Replicas, tenant: Tenant, provider: IdentityProvider, root: str, path: str, status: int
) -> None:
    """What an administrator commanded is not done once the loss of the right was told."""
    send = by(provider.to_manage(root), "POST", f"/organizations/{tenant.id}/groups", {"id": "late"})
    with held_up(replicas, tenant, send) as go_on:
        elsewhere(replicas, "DELETE", path.format(provider=provider.id, user=root))
        assert go_on().status_code == status
    assert "late" not in str(replicas.shown(f"/organizations/{tenant.id}"))


def test_who_keeps_the_right_is_served(
    replicas: Replicas, tenant: Tenant, provider: IdentityProvider, root: str
) -> None:
    """What an administrator commanded is decided again and done when the platform moved for another reason."""
    send = by(provider.to_manage(root), "POST", f"/organizations/{tenant.id}/groups", {"id": "late"})
    with held_up(replicas, tenant, send) as go_on:
        elsewhere(replicas, "PUT", f"/administrators/{tenant.bob}")
        assert go_on().status_code == 201


@pytest.mark.parametrize(("status", "answered"), [("suspended", 401), ("deleted", 401)])
def test_who_is_suspended_while_granting_grants_nothing(
    replicas: Replicas, tenant: Tenant, status: str, answered: int
) -> None:
    """A delegation that its user wished for is not made after the user's suspension was told."""
    house = replicas.houses[0]
    token = house.user_token(tenant.anne, audience=f"{house.issuer}/delegations")
    with held_up(replicas, tenant, by(token, "POST", "/delegations", tenant.wish())) as go_on:
        elsewhere(replicas, "PATCH", f"/users/{tenant.anne}", {"status": status})
        assert go_on().status_code == answered
    assert replicas.shown(f"/organizations/{tenant.id}/delegations")["delegations"] == []
