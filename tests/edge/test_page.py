"""The program of docs/verification.md that decides by itself."""

from pathlib import Path

import httpx2
import pytest

from delegation.client import ClientSettings
from tests.client.serving import serving
from tests.clock import Clock
from tests.documentation import DOCS, defined_in
from tests.edge.beside import let, served
from tests.end_to_end.tenant import documents_service, found

pytestmark = pytest.mark.anyio


async def test_the_embedded_program_decides_by_itself(tmp_path: Path) -> None:
    """It lets in who may, refuses others as the page says, and asks the issuer for nothing but the stream."""
    program = defined_in(DOCS / "verification.md")["embedded"]
    async with served(tmp_path / "data", Clock(ClientSettings().clock())) as house:
        acme = found(house, "acme", documents_service(house))
        let(house, "acme", acme.documents)
        acme.grant()
        token = acme.token()
        app = program(house.issuer, acme.documents.secret)
        async with serving(lambda _: app) as address, httpx2.AsyncClient(base_url=address) as http:
            bearing = {"Authorization": f"Bearer {token}"}
            good = await http.put("/apps/storefront/document", headers=bearing)
            other = await http.put("/apps/backoffice/document", headers=bearing)
            none = await http.put("/apps/storefront/document")
    assert (good.status_code, good.text) == (200, f"edited by {acme.planner.id} for {acme.anne}")
    assert (other.status_code, other.json()["failing"]["term"]) == (403, "delegation")
    assert none.status_code == 401
