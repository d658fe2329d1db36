"""What a model reads in place of an answer: what was refused, what said no, and what a person can do about it."""

from collections.abc import Mapping
from typing import Final

from mcp.server.mcpserver.exceptions import ResourceError, ToolError

from delegation.client.errors import printable
from delegation.client.service.challenge import Challenge

_HELP: Final = {
    "user": "the user may not do this either; an administrator could give the user a role",
    "ceiling": "an administrator of the organization could let this agent do more",
    "delegation": "the user did not grant this; the user could grant more",
    "token": "the token was asked for less; the agent can ask for one that includes this",
}
"""By the term that said no. One of `status` is told by the challenge itself."""


class ToolRefused(ToolError, ResourceError):
    """Raised within a tool, or a resource: the caller reads the message, and nothing else."""


def refusal_of(challenge: Challenge) -> ToolRefused:
    """Return the error of a tool that tells what a challenge tells."""
    failing = challenge.members.get("failing")
    if not isinstance(failing, Mapping):
        return ToolRefused(printable(f"refused: {challenge.detail}"))
    term, delegation = str(failing.get("term", "")), failing.get("delegation_id")
    where = f"{term} {delegation}" if term == "delegation" and delegation else term
    sentences = [f"refused: {challenge.detail}", f"what said no: {where}" if where else "", _HELP.get(term, "")]
    return ToolRefused(printable(". ".join(filter(None, sentences))))
