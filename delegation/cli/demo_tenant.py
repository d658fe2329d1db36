"""What the demonstration holds beside its tenant: agents, a service, and what Anne lets one of the agents do."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any, Final, Self

import httpx2

from delegation.tokens import new_secret

ENVIRONMENT: Final = Path("demo.env")
"""The file that holds what agents and services need, in the directory where the demonstration was started."""

_AGENTS: Final = ("planner", "researcher")
_PATIENCE: Final = 60
"""Seconds that the service may take to start."""
_DAY: Final = 24 * 60 * 60
_ALLOWED: Final[Mapping[str, Any]] = {
    "organization": "acme",
    "agent": "planner",
    "resource": "project:apollo",
    "roles": ["project-editor"],
    "expires_in": _DAY,
    "depth": 1,
    "unattended": True,
    "purpose": "Keep the roadmap up to date",
}
_HEAD: Final = """\
# A demonstration on this machine. The secrets are good until it ends, the user token for an hour; demo.env is made anew
# by each `delegation demo`. Read it into a terminal by: . ./demo.env
"""
_TOLD: Final = """\
A DEMONSTRATION, no deployment: whoever reaches this port gets a token for any user.
The service listens on {issuer}
Anne lets the agent planner be project-editor on project:apollo until tomorrow.
What agents and services need is in demo.env, which you alone can read. In another terminal:

    . ./demo.env

Ctrl-C ends it."""


class NotFurnished(Exception):
    """The service runs, and did not answer as it must; the text says to what."""


@dataclass(slots=True)
class Demonstration:
    """A demonstration at one address, and what is told of it."""

    issuer: str
    documents: str
    """The audience of the service that is to be tried: its address, where nobody listens yet."""
    variables: dict[str, str] = field(repr=False)
    """What demo.env tells, secrets among it."""

    @classmethod
    def on(cls, issuer: str, port: int) -> Self:
        """Return a demonstration with new secrets; the service to try is expected on a port of this machine."""
        documents = f"http://127.0.0.1:{port}"
        secrets = {f"{name.upper()}_SECRET": new_secret() for name in ("documents", *_AGENTS)}
        return cls(issuer, documents, {"ISSUER": issuer, "DOCUMENTS": documents, **secrets})

    def commands(self) -> Iterator[dict[str, Any]]:
        """Yield the commands that register and admit agents and service."""
        secret = self.variables["DOCUMENTS_SECRET"]
        yield {"do": "register-service", "id": "documents", "audience": self.documents, "secret": secret}
        yield {"do": "admit-service", "organization": "acme", "service": "documents", "follow": True}
        for agent in _AGENTS:
            yield {"do": "register-agent", "id": agent, "secret": self.variables[f"{agent.upper()}_SECRET"]}
            yield {"do": "admit-agent", "organization": "acme", "agent": agent, "ceiling": "none"}

    def furnish(self) -> None:
        """Have Anne let planner do something, as soon as the service can be asked, and write demo.env.

        Raises NotFurnished.
        """
        # A proxy of the environment would not reach this machine.
        with httpx2.Client(base_url=self.issuer, timeout=10, trust_env=False) as http:
            self._wait(http)
            hers = self._asked(http, "/development/token", {"user": "anne", "audience": f"{self.issuer}/delegations"})
            made = self._asked(http, "/delegations", _ALLOWED, str(hers["access_token"]))
            user = self._asked(http, "/development/token", {"user": "anne", "audience": self.issuer})
        self.variables["USER_TOKEN"] = str(user["access_token"])
        self.variables["DELEGATION"], self.variables["RECEIPT"] = str(made["id"]), str(made["receipt"])
        self._write()

    def forget(self) -> None:
        """Remove demo.env, if it is still the one that this demonstration wrote."""
        if _content() == self._text():
            ENVIRONMENT.unlink(missing_ok=True)

    def told(self) -> str:
        """Return what is said once it serves."""
        return _TOLD.format(issuer=self.issuer)

    def _wait(self, http: httpx2.Client) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                if http.get("/readyz").is_success:
                    return
            except httpx2.TransportError:
                pass  # Not listening yet.
            time.sleep(0.05)
        raise NotFurnished(f"the service is not ready after {_PATIENCE} s")

    def _asked(self, http: httpx2.Client, path: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            response = http.post(path, json=body, headers=headers)
        except httpx2.TransportError as error:
            raise NotFurnished(f"{path} gave no answer: {error}") from error
        if not response.is_success:
            raise NotFurnished(f"{path} was answered {response.status_code}: {response.text}")
        members: dict[str, Any] = response.json()
        return members

    def _write(self) -> None:
        refuse_what_is_not_ours()
        try:
            ENVIRONMENT.unlink(missing_ok=True)
            # A file that was there before would keep the rights that it had.
            descriptor = os.open(ENVIRONMENT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._text())
        except OSError as error:
            raise NotFurnished(f"{ENVIRONMENT}: {error.strerror}") from error

    def _text(self) -> str:
        return _HEAD + "".join(f"export {name}={quote(value)}\n" for name, value in self.variables.items())


def refuse_what_is_not_ours() -> None:
    """Raise NotFurnished if there is a demo.env that no demonstration wrote."""
    there = ENVIRONMENT.exists() or ENVIRONMENT.is_symlink()
    if there and not _content().startswith(_HEAD):
        raise NotFurnished(f"`{ENVIRONMENT}` is here already and not from a demonstration; move it, or start elsewhere")


def _content() -> str:
    """Return what demo.env holds; nothing if it is no plain file that can be read."""
    try:
        return "" if ENVIRONMENT.is_symlink() else ENVIRONMENT.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
