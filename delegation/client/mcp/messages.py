"""The messages that an MCP client sends (JSON-RPC 2.0): which of them call a tool, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from delegation.client.errors import ClientError, UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, json_object

_CALL: Final = "tools/call"


class NotPlanned(ClientError):
    """A call that the plan does not know, or a message that nobody could plan for: it was not sent."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it is about to leave."""

    name: str
    arguments: Mapping[str, JSON] = field(repr=False)


def call_in(body: bytes) -> ToolCall | None:
    """Return the call that a body makes; None where it makes none, as it does not where there is no body.

    Raises NotPlanned for several messages in one, as one token would have to do for all, and for what is no message.
    """
    if not body:
        return None
    try:
        message = json_object(body)
    except UnexpectedAnswer:
        raise NotPlanned("what is not a single JSON-RPC message is not sent") from None
    if message.get("method") != _CALL:
        return None
    params = message.get("params")
    members: Mapping[str, JSON] = params if isinstance(params, Mapping) else {}
    name, arguments = members.get("name"), members.get("arguments")
    if not isinstance(name, str) or not (arguments is None or isinstance(arguments, Mapping)):
        raise NotPlanned("a call that names no tool, or whose arguments are no object, is not sent")
    return ToolCall(name, arguments or {})


def id_in(body: bytes) -> JSON:
    """Return the id under which a message wants its answer; None where it wants none."""
    try:
        return json_object(body).get("id")
    except UnexpectedAnswer:
        return None
