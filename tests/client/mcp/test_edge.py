"""Tools that decide within their own process, on what the issuer tells (`delegation.edge`)."""

from pathlib import Path

import pytest

from tests.client.mcp.conftest import PERMISSIONS
from tests.client.mcp.office import Bearer, opened, said
from tests.clock import Clock
from tests.edge.beside import caught_up, edge_of, let, served
from tests.end_to_end.tenant import documents_service, found

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]


@pytest.mark.threat("6")
async def test_tools_may_be_decided_about_at_the_edge(tmp_path: Path) -> None:
    """One object verifies and decides: what is granted runs, a sibling does not, and what is revoked is over."""
    async with served(tmp_path, Clock()) as house:
        documents = documents_service(house)
        tenant = found(house, "acme", documents)
        let(house, tenant.id, documents)
        house.must("PUT", "/roles/app-editor", {"type": "app", "permissions": PERMISSIONS})
        granted = tenant.grant()
        token = tenant.token()
        async with edge_of(house, documents, tenant.id) as edge, opened(edge, edge) as office:
            async with office.connected(Bearer(token)) as client:
                allowed = said(await client.call_tool("edit", {"app": "storefront"}))
                sibling = said(await client.call_tool("edit", {"app": "backoffice"}))
            tenant.hand(tenant.anne, "DELETE", granted["id"])
            await caught_up(edge, tenant.id)
            assert await office.access.verify_token(token) is None
    assert allowed == (True, f"{tenant.planner.id} for {tenant.anne} edits storefront: ")
    assert not sibling[0]
    assert f"what said no: delegation {granted['id']}" in sibling[1]
    assert len(office.done) == 1
