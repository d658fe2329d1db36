"""The rules that all tests share are kept by the runner itself."""

import socket
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.databases import ON_SQLITE_ALONE, SLOW_ON_POSTGRESQL
from tests.inner import outcome_of
from tests.loopback import NetworkRefused, stays_here

ROOT = Path(__file__).parents[1]
FOREIGN = "192.0.2.1"  # reserved for documentation: nothing answers there


def test_a_connection_that_leaves_the_machine_is_refused() -> None:
    """Nothing but loopback can be reached from a test, and the attempt is told as such."""
    with socket.socket() as outward, pytest.raises(NetworkRefused, match=FOREIGN):
        outward.connect((FOREIGN, 80))
    with pytest.raises(NetworkRefused, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_loopback_can_be_reached() -> None:
    """A server and a client of one test find each other."""
    with socket.create_server(("localhost", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername()[:2] == server.getsockname()[:2]


@pytest.mark.parametrize(
    ("host", "stays"),
    [("127.0.0.9", True), ("::1", True), (b"localhost", True), (None, True), ("0.0.0.0", False)],  # noqa: S104 - asked about, not bound to
)
def test_only_loopback_stays_here(host: object, *, stays: bool) -> None:
    """Loopback addresses and `localhost` stay on this machine; everything else may leave it."""
    assert stays_here(host) is stays


SKIPPING = "import pytest\n\n@pytest.mark.skip('no database')\ndef test_it(): ...\n"
SKIPPING_MODULE = "import pytest\n\npytest.importorskip('no_such_module')\n"
EXPECTED = "import pytest\n\n@pytest.mark.xfail\ndef test_it():\n    assert False\n"


@pytest.mark.parametrize("body", [SKIPPING, SKIPPING_MODULE], ids=["test", "module"])
@pytest.mark.slow
def test_what_is_skipped_has_failed_in_ci(tmp_path: Path, body: str) -> None:
    """A skipped test or module is a skip at home and a failure in CI."""
    assert "1 skipped" in outcome_of(tmp_path, body)

    in_ci = outcome_of(tmp_path, body, CI="true")
    assert "skipped, which counts as a failure in CI" in in_ci
    assert "1 skipped" not in in_ci


@pytest.mark.parametrize(("value", "is_ci"), [("1", True), ("woodpecker", True), ("0", False), ("False", False)])
@pytest.mark.slow
def test_whatever_names_a_ci_is_one(tmp_path: Path, value: str, *, is_ci: bool) -> None:
    """Systems call themselves what they like in the variable CI; nothing, 0 and false are none."""
    assert ("counts as a failure in CI" in outcome_of(tmp_path, SKIPPING, CI=value)) is is_ci


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """A test that is expected to fail, and fails, is fine in CI too."""
    assert "1 xfailed" in outcome_of(tmp_path, EXPECTED, CI="true")


def test_a_mark_that_no_file_lists_fails_its_test(tmp_path: Path) -> None:
    """A test that names an unlisted section fails, and says where to list it."""
    body = "from tests.conformance import rfc\n\n@rfc('8693', '99')\ndef test_it(): ...\n"

    assert "`8693 §99` is not listed in tests/conformance/clauses" in outcome_of(tmp_path, body)


@pytest.mark.parametrize("listed", [*SLOW_ON_POSTGRESQL, *ON_SQLITE_ALONE])
def test_what_is_slow_on_postgresql_is_there(listed: str) -> None:
    """Each place in the list of what runs on PostgreSQL in the slow suites exists: a renamed one leaves the list."""
    assert (ROOT / listed).exists()


def test_the_clock_stands_until_it_is_moved(clock: Clock) -> None:
    """Two questions to the clock get one answer, aware and in UTC."""
    assert clock() == clock()
    assert clock().isoformat().endswith("+00:00")
