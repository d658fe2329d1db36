"""The load generator against the bare endpoint, as processes of their own."""

import socket
from dataclasses import replace
from itertools import repeat

import pytest

from benchmarks import bare, children
from benchmarks.children import Deployment, ServerFailed
from benchmarks.driver import GeneratorFailed, drive
from benchmarks.jobs import Job, Outcome

BODY = "token=abc&hint=def"
FORM = (
    "POST /introspect HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
)


def job(port: int, *, connections: int = 3, marker: str = bare.MARKER) -> Job:
    """Return a very short job on the bare endpoint."""
    return Job(port, connections, 0.05, 0.2, (FORM,), marker)


def test_every_good_answer_in_time_counts(bare_port: int) -> None:
    """A job finds as many latencies as there were good answers after the warm-up, and no errors."""
    outcome = drive(job(bare_port))

    assert outcome.errors == {}
    assert outcome.elapsed == pytest.approx(0.2)
    assert 0 < len(outcome.latencies) < outcome.answered
    assert all(0 < latency < 1 for latency in outcome.latencies)


def test_an_answer_without_the_marker_is_an_error(bare_port: int) -> None:
    """An answer that is not the expected one never counts as work done."""
    outcome = drive(job(bare_port, marker='"active":true'))

    assert outcome.latencies == ()
    assert list(outcome.errors) == ['unexpected answer: {"members":2}']
    assert sum(outcome.errors.values()) == outcome.answered


def test_an_answer_with_another_status_is_an_error(bare_port: int) -> None:
    """A refusal never counts as work done, whatever it says."""
    outcome = drive(replace(job(bare_port, marker=""), requests=(FORM.replace("/introspect", "/nowhere"),)))

    assert outcome.latencies == ()
    assert [error[:10] for error in outcome.errors] == ["status 404"]


def test_requests_to_be_sent_once_are_sent_once(bare_port: int) -> None:
    """When requests are used up the job ends; what two of three connections still get no longer counts."""
    once = replace(job(bare_port), warm_up=0.0, seconds=30.0, requests=tuple(repeat(FORM, 50)), once=True)

    outcome = drive(once)

    assert (outcome.answered, len(outcome.latencies), outcome.errors) == (50, 48, {})
    assert 0 < outcome.elapsed < 10


def test_a_server_that_closes_connections_is_an_error_for_each(bare_port: int) -> None:
    """A connection that the server ends is counted, and the job ends instead of waiting for it."""
    broken = replace(job(bare_port), requests=("no HTTP at all\r\n\r\n",))

    outcome = drive(broken)

    assert outcome.latencies == ()
    assert sum(outcome.errors.values()) >= 3


def test_nobody_listening_is_no_figure() -> None:
    """Without a server there is an error, not an empty result."""
    with pytest.raises(GeneratorFailed, match="refused"):
        drive(job(children.free_port()))


def test_a_server_is_stopped_when_its_block_ends(deployment: Deployment) -> None:
    """No server outlives its measurement, whatever happened to that."""
    with pytest.raises(RuntimeError, match="on purpose"), children.bare(deployment):
        raise RuntimeError("on purpose")

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", deployment.port), timeout=1)


def test_a_server_that_cannot_start_tells_why(deployment: Deployment) -> None:
    """A port that is taken by another is reported with the server's own words."""
    with (
        socket.create_server(("127.0.0.1", deployment.port)),
        pytest.raises(ServerFailed, match="address already in use"),
        children.bare(deployment),
    ):
        pass


def test_jobs_and_outcomes_survive_the_way_to_the_other_process() -> None:
    """What is written on one side is read as the same on the other."""
    asked = job(1)
    told = Outcome(0.5, (0.25, 0.125), {"closed": 1}, 3, 0.5)

    assert Job.decoded(asked.encoded()) == asked
    assert Outcome.decoded(told.encoded()) == told
