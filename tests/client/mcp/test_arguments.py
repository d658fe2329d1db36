"""What a tool demands is named by the arguments that the tool will really have."""

from typing import Annotated, Any
from uuid import UUID

import pytest
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resolve import Resolve
from pydantic import BaseModel, Field

from delegation.client import AgentClient
from tests.client.between import House
from tests.client.mcp.office import Bearer, Office, said, wide

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7"), pytest.mark.threat("8")]

KEY = "6f1c1f0a-7d39-4a55-9c5e-0f0a51d3e9b1"


class Page(BaseModel):
    """A page of the document of an app."""

    app: str


async def outcome(documents: Office, token: str, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
    """Return whether a tool answered, and what."""
    async with documents.connected(Bearer(token)) as client:
        return said(await client.call_tool(tool, arguments))


@pytest.fixture
async def token(house: House, agent: AgentClient) -> str:
    """A token for all of apollo, which has no `backoffice` beneath it."""
    return (await wide(agent, house.granted()[1])).value


@pytest.mark.parametrize(
    ("arguments", "done"),
    [
        ({}, []),
        ({"app": "storefront"}, ["storefront"]),
        ({"app": "storefront", "App": "backoffice", "apps": ["backoffice"]}, ["storefront"]),
        ({"App": "storefront"}, []),
        ({"app": None}, []),
        ({"app": ["storefront"]}, []),
    ],
    ids=["default", "given", "others besides", "another", "none", "list"],
)
@pytest.mark.parametrize("tool", ["plain", "described"])
async def test_what_is_left_out_counts_as_what_the_tool_takes_for_it(
    documents: Office, token: str, tool: str, arguments: dict[str, Any], done: list[str]
) -> None:
    """A default is demanded like anything that was sent, and arguments that the tool does not have change nothing."""

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def plain(context: Context, app: str = "backoffice") -> str:
        documents.done.append(app)
        return f"{app} {context.request_id}"

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def described(app: Annotated[str, Field(default_factory=lambda: "backoffice")]) -> str:
        documents.done.append(app)
        return app

    assert (await outcome(documents, token, tool, arguments))[0] == bool(done)
    assert documents.done == done


@pytest.mark.parametrize("app", [None, True, ["storefront"], [], {"app": "storefront"}], ids=str)
async def test_only_what_can_be_an_id_fills_a_template(
    house: House, documents: Office, token: str, app: object
) -> None:
    """What a tool may take for "all of them" is no resource, even where one is called as it is written."""
    called = str(app)
    if " " not in called and ":" not in called:
        house.tenant.manage("POST", "/resources", {"resource": f"app:{called}", "parent": "project:apollo"})

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def export(app: object = None) -> str:
        documents.done.append(str(app))
        return str(app)

    answered, told = await outcome(documents, token, "export", {} if app is None else {"app": app})
    assert (answered, documents.done) == (False, [])
    assert "refused: the arguments name no resource" in told


async def test_ids_are_texts_numbers_and_uuids(house: House, documents: Office, token: str) -> None:
    """A template takes the arguments that ids are made of, within others as well."""
    for name in ("7", KEY):
        house.tenant.manage("POST", "/resources", {"resource": f"app:{name}", "parent": "project:apollo"})

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{number}")
    async def numbered(number: int) -> int:
        return number

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{key}")
    async def keyed(key: UUID) -> str:
        return str(key)

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{page.app}")
    async def within(page: Page) -> str:
        return page.app

    assert await outcome(documents, token, "numbered", {"number": 7}) == (True, "7")
    assert await outcome(documents, token, "keyed", {"key": KEY}) == (True, KEY)
    assert await outcome(documents, token, "within", {"page": {"app": "storefront"}}) == (True, "storefront")
    assert not (await outcome(documents, token, "within", {"page": {"app": "backoffice"}}))[0]


async def test_what_is_resolved_for_a_tool_asks_for_itself(documents: Office, token: str) -> None:
    """The SDK resolves parameters before it comes to the tool: who reads there demands there, and knows the caller."""

    async def content(app: str) -> str:
        documents.done.append(app)
        await documents.access.demand("document:view", f"app:{app}")
        return f"{app}: canary"

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def rewrite(app: str, text: Annotated[str, Resolve(content)]) -> str:
        return f"rewritten {app}, {text}"

    assert await outcome(documents, token, "rewrite", {"app": "storefront"}) == (
        True,
        "rewritten storefront, storefront: canary",
    )
    answered, told = await outcome(documents, token, "rewrite", {"app": "backoffice"})
    assert (answered, "canary" in told, documents.done) == (False, False, ["storefront", "backoffice"])
    assert "does not allow `document:view` on `app:backoffice`" in told
