"""What LangGraph saves and runs side by side."""

import httpx2
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from delegation.client import AgentClient, UserToken
from examples.frameworks.langchain_agent import Context, Scripted, TokenForEachCall, edit_document
from examples.frameworks.stage import Stage
from examples.frameworks.story import ASKED, CALLS, CLOSING
from tests.frameworks.seen import Issued, issued, reached

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


async def test_calls_side_by_side_have_a_token_each_and_none_is_saved(stage: Stage) -> None:
    """Two calls of one message do not see each other's token, and a checkpoint of the run holds neither."""
    calls = [{"name": "edit_document", "args": dict(call), "id": call["app"]} for call in CALLS]
    model = Scripted(messages=iter([AIMessage("", tool_calls=calls), AIMessage(CLOSING)]))
    saved = InMemorySaver()
    agent = create_agent(
        model, [edit_document], middleware=[TokenForEachCall()], context_schema=Context, checkpointer=saved
    )
    secret, user = stage.secrets["PLANNER_SECRET"], UserToken(stage.secrets["USER_TOKEN"])
    async with httpx2.AsyncClient() as http, AgentClient(stage.scene.issuer, "planner", secret=secret) as planner:
        context = Context(planner, user, stage.scene.documents, http)
        thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
        done = await agent.ainvoke({"messages": [HumanMessage(ASKED)]}, thread, context=context)
    answers = [message.text.partition(":")[0] for message in done["messages"] if isinstance(message, ToolMessage)]
    assert answers == ["done", "refused"]
    assert issued(stage) == [Issued(["planner"], stage.scene.documents, "app:storefront", ["document:edit"])]
    assert [told for _, told in reached(stage)] == ["anne: document:edit on app:storefront"]
    kept = repr((dict(saved.storage), dict(saved.blobs), dict(saved.writes)))
    assert ASKED in kept
    assert "eyJ" not in kept
