"""What the document service and the audit log saw of a program."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, TypeAlias

from examples.frameworks.stage import Stage

Members: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, as the audit log tells of it: by whom, for which audience, and for what."""

    actors: list[str]
    audience: str
    identifier: str
    actions: list[str]


def recorded(stage: Stage, action: str) -> list[Members]:
    """Return what the log says of every event of one kind, oldest first."""
    export = stage.scene.directory / "export.jsonl"
    export.unlink(missing_ok=True)
    environment = {
        **stage.children.environment,
        "DELEGATION_ISSUER": stage.scene.issuer,
        "DELEGATION_DATABASE_URL": stage.scene.database,
        "DELEGATION_DATA_DIRECTORY": str(stage.scene.directory),
    }
    subprocess.run(
        [sys.executable, "-m", "delegation", "audit", "export", str(export)], env=environment, check=True, timeout=60
    )
    lines = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    bodies = [json.loads(line["entry"]["body"]) for line in lines if "entry" in line]
    return [body for body in bodies if body["action"] == action]


def issued(stage: Stage) -> list[Issued]:
    """Return all tokens that were issued."""
    details = [body["detail"] for body in recorded(stage, "token.issued")]
    return [Issued(told["actors"], told["audience"], told["identifier"], told["actions"]) for told in details]


def refused(stage: Stage) -> list[tuple[str, str]]:
    """Return which agent was refused a token, and why, each time."""
    return [(body["actor"], body["detail"]["reason"]) for body in recorded(stage, "token.refused")]


def wire(stage: Stage, path: str) -> list[Members]:
    """Return what the document service asked at an endpoint, and was answered."""
    noted = stage.scene.wire("documents")
    lines = noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []
    return [exchange for exchange in map(json.loads, lines) if exchange["path"] == path]


def reached(stage: Stage) -> list[tuple[Members, str]]:
    """Return for each call that reached the document service who called, and what the token allowed."""
    answers = [exchange["got"] for exchange in wire(stage, "/introspect")]
    return [(answer["act"], told(answer)) for answer in answers if answer["active"]]


def told(answer: Members) -> str:
    """Return what a live token is good for, in one line."""
    [details] = answer["authorization_details"]
    return f"{answer['sub']}: {' '.join(details['actions'])} on {details['identifier']}"


def asked(stage: Stage) -> list[tuple[str, str, bool]]:
    """Return what the document service asked of the token before it did something, and the answer."""
    return [
        (each["sent"]["action"]["name"], each["sent"]["resource"]["id"], each["got"]["decision"])
        for each in wire(stage, "/access/v1/evaluation")
    ]
