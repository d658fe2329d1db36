"""An agent: it does small tasks on documents, each with a token for exactly its present work.

    python -m examples.planner --key planner.json --issuer http://127.0.0.1:8400

Tasks come one a line, and each is answered in one line, in words that a person can act on:

    take user-token eyJ...                       what a user handed over (or: take receipt eyJ...)
    work in acme on project:apollo as project-editor
    edit app:storefront roadmap Ship in May      also: list, read, comment, delete
    replay edit app:storefront roadmap Hello     the same, with the very first token it was given
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2

from delegation.client import (
    AgentClient,
    ClientError,
    ConsentRequired,
    DelegatedToken,
    Receipt,
    Refused,
    Subject,
    Unavailable,
    UserToken,
    Wanted,
)
from examples.wire import client_noting_to

METHODS: Final = {"list": "GET", "read": "GET", "edit": "PUT", "comment": "POST", "delete": "DELETE"}
ADVICE: Final = {
    "user": "an administrator could give the user a role",
    "ceiling": "an administrator could let this agent do more",
    "delegation": "the user could grant more",
    "token": "ask for a token that includes it",
}


class Planner:
    """An agent at work: for whom it works, and on what."""

    def __init__(self, agent: AgentClient, http: httpx2.AsyncClient, documents: str) -> None:
        self._agent = agent
        self._http = http
        self._documents = documents
        self._subject: Subject = UserToken("")
        self._work: Wanted = {"resource": documents, "identifier": "", "roles": []}
        self._first: DelegatedToken | None = None

    async def answer(self, task: str) -> str:
        """Return in one line how the task went; what a person can act on is said, not raised."""
        try:
            return await self._attempt(task.strip().split(maxsplit=1))
        except ConsentRequired as lacking:
            return f"refused {lacking}; the user can grant it at {lacking.consent_uri}"
        except Refused as no:
            return f"refused {no}"
        except Unavailable as absent:
            return f"later: {absent}"
        except httpx2.HTTPError as failure:
            return f"later: the document service cannot be reached ({type(failure).__name__})"
        except (ClientError, ValueError) as wrong:
            return f"wrong: {wrong}"

    async def _attempt(self, words: list[str]) -> str:
        match words:
            case ["take", what]:
                kind, _, text = what.partition(" ")
                self._subject = Receipt(text) if kind == "receipt" else UserToken(text)
                return f"done: I hold a {kind}"
            case ["work", what]:
                return await self._begin(what.split())
            case ["replay", task] if self._first:
                headers = {"Authorization": f"Bearer {self._first.value}"}
                return told(task, await self._http.send(self._request(task, headers)))
            case _:
                task = " ".join(words)
                request = self._request(task, {})
                auth = self._agent.auth(self._subject, **self._work)
                return told(task, await self._http.send(request, auth=auth))

    async def _begin(self, words: list[str]) -> str:
        match words:
            case ["in", organization, "on", identifier, "as", *roles]:
                pass
            case _:
                raise ValueError("say it like this: work in acme on project:apollo as project-editor")
        work: Wanted = {
            "resource": self._documents,
            "organization": organization,
            "identifier": identifier,
            "roles": roles,
        }
        token = await self._agent.token(self._subject, **work)
        self._work, self._first = work, self._first or token
        return f"done: until {token.expires_at:%H:%M:%S} UTC I may {sentence(token)}"

    def _request(self, task: str, headers: dict[str, str]) -> httpx2.Request:
        verb, app, name, text, *_ = *task.split(maxsplit=3), "", "", "", ""
        if verb not in METHODS:
            raise ValueError(f"I cannot `{verb}`; I can {', '.join(METHODS)}")
        path = f"/apps/{quote(app.partition(':')[2] or app, safe='')}/documents"
        path += f"/{quote(name, safe='')}" if name else ""
        path += "/comments" if verb == "comment" else ""
        return self._http.build_request(METHODS[verb], self._documents + path, content=text.encode(), headers=headers)


def told(task: str, response: httpx2.Response) -> str:
    """Return in words what a service answered to a task."""
    if response.is_success:
        return f"done: {task}"
    if response.headers.get("Content-Type") != "application/problem+json":
        return f"refused {response.status_code}: {response.text.strip()}"
    problem = response.json()
    if response.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
        return f"later: {problem['detail']}"
    advice = ADVICE.get(problem.get("failing", {}).get("term"), "")
    return "; ".join(filter(None, [f"refused {problem['status']}: {problem['detail']}", advice]))


def sentence(token: DelegatedToken) -> str:
    """Return in words what a token allows."""
    return f"{', '.join(sorted(token.actions or ()))} on {token.identifier} and beneath"


def main() -> None:
    """Do the tasks that come, until no more come."""
    parser = argparse.ArgumentParser(prog="python -m examples.planner")
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="who issues tokens")
    parser.add_argument("--documents", default="http://127.0.0.1:8401", help="the service to use")
    parser.add_argument("--key", type=Path, required=True, help="the agent's private JSON Web Key")
    parser.add_argument("--wire", type=Path, help="note what is asked and answered in this file")
    options = parser.parse_args()
    with asyncio.Runner() as runner:
        http = client_noting_to(options.wire, "planner") if options.wire else httpx2.AsyncClient()
        key = json.loads(options.key.read_text(encoding="utf-8"))
        planner = Planner(AgentClient(options.issuer, "planner", key=key, http=http), http, options.documents)
        for task in sys.stdin:
            print(runner.run(planner.answer(task)), flush=True)
        runner.run(http.aclose())


if __name__ == "__main__":
    main()
