"""The programs of docs/verification.md protect what they say they protect."""

from typing import Any, Final

import httpx2
import pytest

from delegation.client import ClientSettings
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.serving import serving
from tests.documentation import DOCS, defined_in
from tests.tokens.forging import ACCESS_KEY, ACCESS_TOKEN, AUDIENCE

pytestmark = pytest.mark.anyio

SECRET: Final = "documents-secret"
EVALUATION: Final = "/access/v1/evaluation"


@pytest.fixture(scope="module")
def programs() -> dict[str, Any]:
    """What the page's Python blocks define, run exactly as they stand."""
    return defined_in(DOCS / "verification.md")


@pytest.fixture
def good(server: AuthorizationServer) -> str:
    """A token that is good now, by its signature and by what the issuer tells of it."""
    server.introspection = live(server.issuer, AUDIENCE)
    server.keys = [dict(ACCESS_KEY.public)]
    now = int(ClientSettings().clock().timestamp())
    act = {"iss": server.issuer, "sub": "planner"}
    claims = {"iss": server.issuer, "act": act, "iat": now, "nbf": now, "exp": now + 300}
    return ACCESS_TOKEN.token(claims=claims)


@pytest.mark.parametrize(
    ("program", "given", "asked", "status"),
    [
        ("by_introspection", (SECRET,), ["/introspect", EVALUATION], 200),
        ("described", (SECRET,), ["/introspect", EVALUATION], 200),
        ("by_evaluation", (SECRET,), ["/jwks.json", EVALUATION], 200),
        ("by_dependencies", (SECRET,), ["/jwks.json", EVALUATION], 200),
        ("offline", (), ["/jwks.json"], 403),
    ],
)
async def test_each_program_asks_as_the_page_says(
    programs: dict[str, Any],
    server: AuthorizationServer,
    good: str,
    *,
    program: str,
    given: tuple[str, ...],
    asked: list[str],
    status: int,
) -> None:
    """A good token is let in after the questions of that way, no token is not, and offline nothing beneath is told."""
    app = programs[program](server.issuer, *given)
    async with serving(lambda _: app) as address, httpx2.AsyncClient(base_url=address) as http:
        assert (await http.put("/apps/storefront/document")).status_code == 401
        answer = await http.put("/apps/storefront/document", headers={"Authorization": f"Bearer {good}"})
    assert answer.status_code == status
    assert [each.path for each in server.asked if not each.path.startswith("/.well-known/")] == asked
