"""What a server offers when it was told nothing, and what only when asked for."""

import socket
from pathlib import Path

import pytest

from tests.durability.server import Server, on

ASKED = {"user": "anne", "audience": "http://127.0.0.1"}


@pytest.mark.threat("I18")
def test_only_loopback_is_listened_on(server: Server) -> None:
    """A server that was told no address is reached on 127.0.0.1 and on no other address of the machine."""
    assert server.http.get("/healthz").status_code == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=10)


def test_the_development_provider_is_off(server: Server) -> None:
    """A server that was not told to issues no user tokens, and trusts none of the built-in provider."""
    assert server.http.post("/development/token", json=ASKED).status_code == 404
    assert "DEVELOPMENT" not in server.said()


def test_the_development_provider_says_so_loudly(tmp_path: Path) -> None:
    """A server that believes anybody warns of it, even when it is told to be quiet."""
    with on(tmp_path / "data", "--development-identity-provider") as server:
        assert server.http.post("/development/token", json=ASKED).status_code == 200
        assert "DEVELOPMENT IDENTITY PROVIDER IS ON" in server.said()


def test_what_was_trusted_in_development_is_not_trusted_afterwards(tmp_path: Path) -> None:
    """A token of the built-in provider is worth nothing once the server runs without it."""
    directory = tmp_path / "data"
    with on(directory, "--development-identity-provider") as server:
        server.must("POST", "/users", {"id": "anne"})
        server.must("PUT", "/administrators/anne")
        asked = {"user": "anne", "audience": f"{server.issuer}/management"}
        token = server.http.post("/development/token", json=asked).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert server.http.post("/users", json={"id": "bob"}, headers=bearer).status_code == 201
        server.stop()
        server.options = ()
        server.start()
        assert server.http.post("/users", json={"id": "carl"}, headers=bearer).status_code == 401


def test_a_seed_is_applied_before_anybody_is_served(tmp_path: Path) -> None:
    """A server that is given a file of commands begins with what they say, each time it starts."""
    seed = tmp_path / "seed.toml"
    seed.write_text('[[command]]\ndo = "create-organization"\nid = "acme"\n')
    with on(tmp_path / "data", "--seed", str(seed)) as server:
        assert server.must("GET", "/organizations/acme")["revision"] == 1
        server.kill()
        server.start()
        assert server.must("GET", "/organizations/acme")["revision"] == 1


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_nothing_else_is_spoken(server: Server, upgrade: str) -> None:
    """A request to change to another protocol is answered as the plain request that it also is."""
    headers = {"Connection": "Upgrade", "Upgrade": upgrade, "Sec-WebSocket-Key": "eA==", "Sec-WebSocket-Version": "13"}
    assert server.http.get("/healthz", headers=headers).status_code == 200
