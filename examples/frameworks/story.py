"""What every program here is told, what its scripted model does, and how the story must go."""

import argparse
import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx2

from delegation.client import ClientError, ConsentRequired, DelegatedToken, Refused, UserToken

ASKED: Final = "Write into the roadmaps of storefront and billing that we ship in May."
CALLS: Final[Sequence[Mapping[str, str]]] = (
    {"app": "storefront", "name": "roadmap", "text": "Ship in May"},
    {"app": "billing", "name": "roadmap", "text": "Ship in May"},
)
"""The arguments with which the model calls the tool `edit_document`, one after the other."""
CLOSING: Final = "The roadmap of storefront says May. Billing I may not edit: Anne would have to grant it."


@dataclass(frozen=True, slots=True)
class Given:
    """Where the others are; secrets and the token that a user handed over come from the environment."""

    issuer: str
    documents: str
    researcher: str
    tools: str

    @property
    def user(self) -> UserToken:
        """The token that Anne handed to the agent."""
        return UserToken(os.environ["USER_TOKEN"])

    def secret(self, of: str) -> str:
        """Return the secret with which an agent or a service authenticates itself."""
        return os.environ[f"{of.upper()}_SECRET"]


def given() -> Given:
    """Return what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="who issues tokens")
    parser.add_argument("--documents", default="http://127.0.0.1:8401", help="the service to use")
    parser.add_argument("--researcher", default="http://127.0.0.1:8402", help="the other agent, where there is one")
    parser.add_argument("--tools", default="http://127.0.0.1:8403", help="the MCP server, where there is one")
    return Given(**vars(parser.parse_args()))


def address(documents: str, app: str, name: str) -> str:
    """Return where the service keeps a document; the model chose the names."""
    return f"{documents}/apps/{quote(app, safe='')}/documents/{quote(name, safe='')}"


def outcome(response: httpx2.Response) -> str:
    """Return what a tool tells the model of the service's answer."""
    return f"done: {response.json()['edited_by']}" if response.is_success else f"refused: {response.text}"


def why(no: ClientError) -> str:
    """Return what a model is told when there is no token: the reason, and where a person can grant it."""
    match no:
        case ConsentRequired():
            return f"refused: {no.description}: {no.consent_uri}"
        case Refused():
            return f"refused: {no.description or no.error}"
        case _:
            return f"failed: {no}"


def chain_of(token: DelegatedToken) -> list[str]:
    """Return who acts, on whose behalf that is, and so on to the user: `act` is nested (RFC 8693 §4.1)."""
    claims = json.loads(urlsafe_b64decode(token.value.split(".")[1] + "=="))
    actors, act = [], claims["act"]
    while act:
        actors.append(act["sub"])
        act = act.get("act")
    return [*actors, claims["sub"]]


def told(answers: Sequence[str], closing: str) -> int:
    """Print what the tool answered to each call, and what the agent says; return 0 if it went as it must, else 1."""
    for call, answer in zip(CALLS, answers, strict=True):
        print(f"edit app:{call['app']}: {answer}")
    print(f"planner: {closing}")
    begins = [answer.partition(":")[0] for answer in answers]
    return 0 if (begins, closing) == (["done", "refused"], CLOSING) else 1
