"""People whose requests take their time: what holds is judged when the command is decided, not when it began."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.directory.log import heads
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import Tenant


@contextmanager
def held_back(tenant: Tenant, token: str) -> Iterator[Callable[[], bytes]]:
    """Begin a command, stop once the service has looked at the token and waits for the body; yield how to go on."""
    body = json.dumps({"id": "late"}).encode()
    head = (
        f"POST /organizations/{tenant.id}/groups HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    place = urlsplit(tenant.house.issuer)
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")

        def go_on() -> bytes:
            connection.sendall(body)
            return connection.recv(1000)

        yield go_on


@pytest.mark.semantics("4")
@pytest.mark.parametrize(
    ("path", "status"),
    [("/identity-providers/{provider}", b"401"), ("/administrators/{user}", b"403"), ("/users/{user}", b"401")],
)
def test_who_loses_the_right_while_sending_is_refused(tenant: Tenant, path: str, status: bytes) -> None:
    """Whoever opened a request in time and sends its body after losing the right changes nothing."""
    provider = trusted(tenant.house, f"slow-{tenant.id}")
    user = tenant.join("root")
    tenant.house.must("PUT", f"/administrators/{user}")
    with held_back(tenant, provider.to_manage(user)) as go_on:
        tenant.house.must("DELETE", path.format(provider=provider.id, user=user))
        before = heads(tenant.house)
        assert go_on().startswith(b"HTTP/1.1 " + status)
    assert heads(tenant.house) == before


def test_who_keeps_the_right_while_sending_is_served(tenant: Tenant) -> None:
    """A slow request of somebody who stays an administrator is carried out."""
    user = tenant.join("root")
    tenant.house.must("PUT", f"/administrators/{user}")
    with held_back(tenant, trusted(tenant.house, f"slow-{tenant.id}").to_manage(user)) as go_on:
        assert go_on().startswith(b"HTTP/1.1 201")
