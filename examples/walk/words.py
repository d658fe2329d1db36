"""The words of the story: the same things happen where roles say who may do what, and where relationships do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.wire import JSON

ORGANIZATION: Final = "acme"
_EXAMPLES: Final = Path(__file__).parents[1]
_OF_ACME: Final = f"/organizations/{ORGANIZATION}"


@dataclass(frozen=True, slots=True)
class Change:
    """A request of the administrator."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called under one kind of model."""

    policy: str
    seed: Path
    place: str
    """Where Anne lets the agent do something."""
    role: str
    """As what it may do it there."""
    lesser: str
    """What would let it do less."""
    beside: str
    """Another place, of which the agent is told nothing."""
    more: str
    """What is more than it was let do."""
    holder: str
    """Where the document lies, beneath the place."""
    document: str
    foreign: str
    """A document beneath the other place."""
    permission: str
    """Something of what the agent may do at the place."""
    taken: Change
    """By which Anne loses what she passed on."""
    given: Change
    """By which she has it again."""
    documents: tuple[str, ...] = ()
    """How the document service is told what to ask."""


_ASSIGNMENT: Final = {"principal": "user:anne", "role": "workspace-member", "resource": "workspace:design"}
_OWNERSHIP: Final = {"subject": "user:anne", "relation": "owner", "object": "folder:design"}

ROLES: Final = Words(
    policy="saas",
    seed=_EXAMPLES.parent / "delegation" / "cli" / "demo.toml",
    place="project:apollo",
    role="project-editor",
    lesser="project-viewer",
    beside="project:zeus",
    more="workspace:design as workspace-member",
    holder="app:storefront",
    document="app:storefront roadmap",
    foreign="app:billing roadmap",
    permission="document:edit",
    taken=Change("DELETE", f"{_OF_ACME}/assignments", query=_ASSIGNMENT),
    given=Change("PUT", f"{_OF_ACME}/assignments", query=_ASSIGNMENT),
)
RELATIONSHIPS: Final = Words(
    policy="documents",
    seed=_EXAMPLES / "folders_seed.toml",
    place="folder:apollo",
    role="editor",
    lesser="viewer",
    beside="folder:zeus",
    more="folder:design as editor",
    holder="folder:storefront",
    document="folder:storefront roadmap",
    foreign="folder:billing invoices",
    permission="can_add_document",
    taken=Change("POST", f"{_OF_ACME}/relationships", body={"deletes": [{**_OWNERSHIP}]}),
    given=Change("POST", f"{_OF_ACME}/relationships", body={"writes": [{**_OWNERSHIP}]}),
    documents=("--relationships",),
)
