"""When the stream stalls, or the issuer is not there: decisions cease in time, and go on when it is back."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from delegation.client import ClientSettings, Unavailable
from tests.clock import Clock
from tests.edge.beside import bearer, caught_up, edge_of, let, served, until
from tests.edge.issuers import way
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.ports import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]

ASKED = ("document:edit", "app:storefront")


def port_of(house: Deployment) -> int:
    """Return where a deployment listens."""
    return urlsplit(str(house.http.base_url)).port or 0


def acme_in(house: Deployment) -> Tenant:
    """Return an organization that lets the service follow, with a delegation in it."""
    acme = found(house, "acme", documents_service(house))
    let(house, "acme", acme.documents)
    acme.grant()
    return acme


async def test_a_stream_that_stalls_ends_decisions_in_time(tmp_path: Path) -> None:
    """What is held back on the way lets nobody in for longer than `within`; nor does what comes late all at once."""
    port, clock = free_port(), Clock()
    async with served(tmp_path / "data", clock, issuer=f"http://127.0.0.1:{port}") as house:
        acme = acme_in(house)
        token = acme.token()
        within = timedelta(seconds=2)
        async with way(port, port_of(house)) as road, edge_of(house, acme.documents, "acme", within=within) as edge:
            await edge.ready()
            assert await edge.verify(token) is not None
            road.opened.clear()
            since = edge.monotonic()
            await asyncio.to_thread(acme.unassign, f"user:{acme.anne}", "workspace-member", "workspace:design")
            await until(lambda: edge.status["acme"].behind is not None)
            # It may have been current when the way was blocked, and not a moment later.
            assert edge.status["acme"].age is not None
            assert edge.monotonic() - edge.status["acme"].age <= since
            with pytest.raises(Unavailable, match="which is more than 2 s"):
                await edge.verify(token)
            with pytest.raises(Unavailable, match="which is more than 2 s"):
                await edge.evaluate(bearer(token), *ASKED)
            assert road.held > 0
            road.opened.set()
            await until(lambda: edge.status["acme"].behind is None)
            assert await edge.verify(token) is None


async def test_an_issuer_that_was_away_is_followed_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While the issuer is away nothing is decided on what is too old; restarted, it is followed where it was left."""
    port, clock = free_port(), Clock()
    quick = ClientSettings(clock=clock, longest_pause=timedelta(milliseconds=200))
    issuer, within = f"http://127.0.0.1:{port}", timedelta(seconds=2)
    async with AsyncExitStack() as stack:
        async with served(tmp_path / "data", clock, issuer=issuer) as house:
            acme = acme_in(house)
            road = await stack.enter_async_context(way(port, port_of(house)))
            known = edge_of(house, acme.documents, "acme", within=within, settings=quick)
            edge = await stack.enter_async_context(known)
            token = acme.token()
            await caught_up(edge, "acme")
            assert await edge.verify(token) is not None
            road.port = free_port()
            road.cut()
        await until(lambda: (edge.status["acme"].age or 0.0) > within.total_seconds())
        assert edge.status["acme"].behind is not None
        with pytest.raises(Unavailable, match="which is more than 2 s"):
            await edge.verify(token)
        async with served(tmp_path / "data", clock, issuer=issuer) as house:
            road.port = port_of(house)
            await until(lambda: edge.status["acme"].behind is None)
            assert await edge.verify(token) is not None
            told = [record.message for record in caplog.records if record.name == "delegation.edge"]
    assert len(told) == 2
    assert told[0].startswith("`acme` is not followed: ")
    assert told[1] == "`acme` is followed again"
