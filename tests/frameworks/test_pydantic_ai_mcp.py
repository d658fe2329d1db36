"""pydantic-ai's own client of MCP: its connection carries a token for just each call."""

from typing import Any, cast

import pytest
from fastmcp.exceptions import ToolError
from pydantic_ai import RunContext, ToolFailed
from pydantic_ai.mcp import ToolResult

from examples.frameworks.pydantic_ai_mcp import final
from examples.frameworks.stage import Stage
from tests.frameworks.lines import BEYOND, over_mcp
from tests.frameworks.seen import Issued, issued, refused
from tests.frameworks.test_programs import told

pytestmark = [pytest.mark.slow, pytest.mark.semantics("6")]


@pytest.mark.threat("1")
def test_each_call_over_mcp_has_a_token_for_exactly_that(stage: Stage) -> None:
    """The connection is opened with the little of the base, one call has its own token, and the other is not sent."""
    assert told(stage.run("pydantic_ai_mcp"), 0) == over_mcp(stage.scene.issuer)
    assert issued(stage) == [
        Issued(["planner"], stage.tools, "project:apollo", ["project:view"]),
        Issued(["planner"], stage.tools, "app:storefront", ["document:edit"]),
    ]
    assert refused(stage) == [("agent:planner", BEYOND)]


def test_when_anne_has_revoked_there_is_no_connection(stage: Stage) -> None:
    """The program fails with the reason, and no token was issued."""
    stage.anne.revoke()
    ended = stage.run("pydantic_ai_mcp")
    assert ended.returncode == 1
    assert "the delegation is revoked" in ended.stderr
    assert issued(stage) == []


@pytest.mark.anyio
async def test_what_the_server_refuses_is_not_tried_again() -> None:
    """The model reads the tool's own words as the last ones."""

    async def call(*_: Any, **__: Any) -> ToolResult:
        raise ToolError("refused: the token does not allow it")

    with pytest.raises(ToolFailed, match="refused: the token does not allow it"):
        await final(cast("RunContext[None]", None), call, "edit_document", {})
