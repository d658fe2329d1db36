"""Asking where others said: a sink on a real socket, and names that mean whatever an attacker wants."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from delegation.app.clock import utc_now
from delegation.tokens import KeysAt, ProviderUnavailable, Reach, RemoteKeys, safe_client
from delegation.tokens.safe_fetching import AddressRefused, Pinned, is_public
from tests.clock import Clock
from tests.tokens.key_server import KeyServer, body, keys
from tests.tokens.provider_door import OLD

pytestmark = pytest.mark.anyio

PUBLIC: Final = "93.184.216.34"
PRODUCTION: Final = Reach.of((), loopback=False)
INSIDE: Final = (
    *("127.0.0.1", "127.8.9.10", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
    "0.0.0.0",  # noqa: S104 - asked about, not bound to
    *("100.64.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1"),
    *("64:ff9b::5db8:d822", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1"),
    *("fe80::1", "fe80::1%lo", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "100::1"),
)
OUTSIDE: Final = ("93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e")


@dataclass
class Names:
    """A resolver that answers with these addresses, one answer after the other, and counts."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        """Return the next answer; the last one stays."""
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def sink() -> Iterator[socket.socket]:
    """A listening socket on every address of this machine's loopback, to which nobody must ever connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def assert_silent(sink: socket.socket) -> None:
    """Fail if anybody connected."""
    with pytest.raises(BlockingIOError):
        sink.accept()


@asynccontextmanager
async def asking(reach: Reach, names: Names | None, clock: Clock) -> AsyncIterator[RemoteKeys]:
    """Have keys fetched as the service has them."""
    async with safe_client(reach, names) as client:
        yield RemoteKeys(client, clock)


@pytest.mark.threat("44")
@pytest.mark.parametrize("address", INSIDE)
async def test_what_is_inside_is_not_public(clock: Clock, sink: socket.socket, address: str) -> None:
    """No name that stands for an address inside, or for one that another may hide behind, is asked at all."""
    assert not is_public(ip_address(address))
    port = sink.getsockname()[1]
    async with asking(PRODUCTION, Names([[address]]), clock) as remote:
        with pytest.raises(ProviderUnavailable, match="not at a public address"):
            await remote.having(KeysAt(f"https://keys.example:{port}/"), "kid")
    assert_silent(sink)


@pytest.mark.threat("44")
@pytest.mark.parametrize("address", OUTSIDE)
async def test_what_is_outside_is_public(address: str) -> None:
    """Addresses that anybody may have are asked."""
    assert is_public(ip_address(address))


@pytest.mark.threat("44")
@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "10.0.0.1"])
async def test_one_address_inside_is_enough_to_ask_nobody(clock: Clock, sink: socket.socket, inside: str) -> None:
    """A name with a public and a private address is asked at neither."""
    port = sink.getsockname()[1]
    for answer in ([PUBLIC, inside], [inside, PUBLIC]):
        async with asking(PRODUCTION, Names([answer]), clock) as remote:
            with pytest.raises(ProviderUnavailable, match="not at a public address"):
                await remote.having(KeysAt(f"https://keys.example:{port}/"), "kid")
    assert_silent(sink)


@pytest.mark.threat("44")
async def test_a_name_is_resolved_once(sink: socket.socket) -> None:
    """Who answers first with a public address and then with one inside is connected to at the first, or not at all."""
    reached: list[str] = []

    async def seen(request: httpx2.Request) -> httpx2.Response:
        reached.append(f"{request.url.host} as {request.extensions['sni_hostname']}, {request.headers['host']}")
        return httpx2.Response(200)

    names = Names([[PUBLIC], ["127.0.0.1"]])
    transport = Pinned(httpx2.MockTransport(seen), PRODUCTION, names)
    async with httpx2.AsyncClient(transport=transport) as client:
        await client.get("https://keys.example/jwks")
        with pytest.raises(AddressRefused):
            await client.get("https://keys.example/jwks")
    assert reached == [f"{PUBLIC} as keys.example, keys.example"]
    assert names.asked == ["keys.example"] * 2
    assert_silent(sink)


@pytest.mark.threat("44")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]", "[::ffff:127.0.0.1]"],
)
async def test_no_spelling_of_this_machine_is_asked_in_production(clock: Clock, sink: socket.socket, host: str) -> None:
    """However loopback is written, the machine's own resolver says what it is, and it is refused."""
    source = KeysAt(f"https://{host}:{sink.getsockname()[1]}/jwks")

    async def as_the_machine_does(name: str, _: int) -> list[str]:
        if name == "localhost" or ":" in name:
            return ["127.0.0.1" if name == "localhost" else name]
        return [socket.inet_ntoa(socket.inet_aton(name))]

    async with safe_client(PRODUCTION, as_the_machine_does) as client:
        with pytest.raises(ProviderUnavailable):
            await RemoteKeys(client, clock).having(source, "kid")
    assert_silent(sink)


@pytest.mark.threat("44")
async def test_plain_http_reaches_this_machine_alone(clock: Clock) -> None:
    """`localhost` that a resolver sends elsewhere is not asked over http, not even where that is allowed inside."""
    reach = Reach.of(["10.0.0.0/8"], loopback=True)
    async with asking(reach, Names([["10.0.0.1"]]), clock) as remote:
        with pytest.raises(ProviderUnavailable, match="http is for this machine alone"):
            await remote.having(KeysAt("http://localhost/jwks"), "kid")


async def test_a_service_on_loopback_asks_beside_itself(clock: Clock) -> None:
    """In development everything lies on one machine; the same address is refused in production."""
    async with KeyServer(keys(OLD)).listening() as server:
        async with asking(Reach.of((), loopback=True), None, clock) as remote:
            assert OLD.kid in await remote.having(KeysAt(server.url), OLD.kid)
        async with asking(PRODUCTION, None, clock) as remote:
            with pytest.raises(ProviderUnavailable, match="not at a public address"):
                await remote.having(KeysAt(server.url), OLD.kid)
        assert server.asked == 1


@pytest.mark.parametrize("named", [["127.0.0.0/8"], ["10.0.0.0/8", "127.0.0.1"], ["KEYS.internal"]])
async def test_what_a_deployment_names_is_asked(clock: Clock, named: list[str]) -> None:
    """Networks and hosts inside are asked where the deployment says so, and no others beside them."""
    async with KeyServer(keys(OLD)).listening() as server:
        source = KeysAt(f"http://127.0.0.1:{server.port}/" if named != ["KEYS.internal"] else "https://keys.internal/")
        names = Names([["127.0.0.1"]])
        async with asking(Reach.of(named, loopback=False), names, clock) as remote:
            if source.url.startswith("http:"):
                assert OLD.kid in await remote.having(source, OLD.kid)
            else:
                with pytest.raises(ProviderUnavailable, match="could not be reached"):  # nobody speaks TLS there
                    await remote.having(source, OLD.kid)
            names.answers = [["192.168.0.1"]]
            with pytest.raises(ProviderUnavailable, match="not at a public address"):
                await remote.having(KeysAt("https://other.example/"), OLD.kid)


@pytest.mark.threat("44")
async def test_a_redirect_leads_nowhere(clock: Clock, sink: socket.socket) -> None:
    """Where a redirect points to, inside or outside, nobody is asked."""
    away = f"Location: http://127.0.0.1:{sink.getsockname()[1]}/"
    async with KeyServer(body(b"", "302 Found", away)).listening() as server:
        async with asking(Reach.of((), loopback=True), None, clock) as remote:
            with pytest.raises(ProviderUnavailable, match="answered 302"):
                await remote.having(KeysAt(server.url), "kid")
        assert server.asked == 1
    assert_silent(sink)


@pytest.mark.threat("44")
async def test_proxies_of_the_environment_are_not_used(
    clock: Clock, sink: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve names by itself, where nobody looks."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{sink.getsockname()[1]}")
    reach = Reach.of((), loopback=True)
    async with KeyServer(keys(OLD)).listening() as server, asking(reach, None, clock) as remote:
        assert OLD.kid in await remote.having(KeysAt(server.url), OLD.kid)
    assert_silent(sink)


@pytest.mark.parametrize("answer", [[], ["no address"], ["999.1.1.1"]])
async def test_a_name_without_an_address_is_not_asked(clock: Clock, answer: list[str]) -> None:
    """What resolves to nothing, or to nonsense, cannot be had."""
    async with asking(PRODUCTION, Names([answer]), clock) as remote:
        with pytest.raises(ProviderUnavailable):
            await remote.having(KeysAt("https://keys.example/"), "kid")


async def test_the_next_address_is_tried(clock: Clock) -> None:
    """Where nobody listens at the first address of a name, the next one is asked."""
    reach, names = Reach.of((), loopback=True), Names([["127.0.0.9", "127.0.0.1"]])
    async with KeyServer(keys(OLD)).listening() as server, asking(reach, names, clock) as remote:
        assert OLD.kid in await remote.having(KeysAt(f"http://localhost:{server.port}/"), OLD.kid)


@pytest.mark.parametrize("named", ["", "https://keys.internal", "keys internal", "10.0.0.1/8 ", "a_b"])
async def test_what_is_neither_network_nor_host_names_nothing(named: str) -> None:
    """A slip in the list is an error, and no address that is allowed by chance."""
    with pytest.raises(ValueError, match="neither a network nor a host"):
        Reach.of([named], loopback=False)


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for `keys.example` alone, and its key, in files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keys.example")])
    now = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("keys.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private


@pytest.mark.threat("44")
async def test_the_certificate_is_that_of_the_name(clock: Clock, certified: tuple[Path, Path]) -> None:
    """Although the connection goes to an address, the server must prove to be the name that was asked for."""
    chain, private = certified
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=chain)
    served.load_cert_chain(chain, private)
    server = KeyServer(keys(OLD))
    async with server.listening(tls=served):
        inner = httpx2.AsyncHTTPTransport(verify=trusting, trust_env=False)
        pinned = Pinned(inner, Reach.of((), loopback=True), Names([["127.0.0.1"]]))
        async with httpx2.AsyncClient(transport=pinned) as client:
            remote = RemoteKeys(client, clock)
            assert OLD.kid in await remote.having(KeysAt(f"https://keys.example:{server.port}/"), OLD.kid)
            with pytest.raises(ProviderUnavailable, match="could not be reached"):
                await remote.having(KeysAt(f"https://other.example:{server.port}/"), OLD.kid)
    assert server.asked == 1
