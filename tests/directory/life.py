"""The life of one organization, told in commands: every command at least once, each where it has something to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import ECKey

ISSUER: Final = "https://idp.example"
SECRET: Final = "a secret that this test made up for agent and service"
PLATFORM: Final = "platform"
ACME: Final = "org:acme"
HERE: Final = {"organization": "acme"}
MEMBER: Final = {"principal": "group:eng#member", "role": "workspace-member", "resource": "workspace:design"}
OTHER_SECRET: Final = "another secret that this test made up for both"
SERVICE: Final = {"id": "documents", "audience": "https://documents.example", "secret": SECRET}
POLICY: Final = {
    "id": "editors",
    "group": "eng",
    "agent": "planner",
    "resource": "project:zeus",
    "roles": ["project-editor"],
    "permissions": ["document:edit"],
    "lifetime": 600,
}
NOTES: Final = """model
  schema 1.1
type user
type note
  relations
    define owner: [user]
    define editor: [user] or owner
    define can_edit: editor
"""
DELEGATION: Final = "{delegation}"
"""Stands for the id of the delegation that anne grants between the two parts."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and the partition that it changes."""

    command: str
    partition: str
    fields: Mapping[str, Any]

    def on(self, delegation: str) -> "Step":
        """Return the step with the delegation's id in its place."""
        fields = {name: delegation if value == DELEGATION else value for name, value in self.fields.items()}
        return Step(self.command, self.partition, fields)


def _key() -> dict[str, Any]:
    return {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}


def _here(command: str, /, **fields: Any) -> Step:
    return Step(command, ACME, {**HERE, **fields})


def _above(command: str, /, **fields: Any) -> Step:
    return Step(command, PLATFORM, fields)


def _person(command: str, of: str, /, **fields: Any) -> Step:
    return Step(command, f"user:{of}", fields)


def first_part() -> Iterator[Step]:
    """Yield what builds an organization in which anne can let the planner do something."""
    yield Step("create-organization", ACME, {"id": "acme", "name": "Acme"})
    yield _person("create-user", "anne", id="anne", name="Anne")
    yield _person("create-user", "bob", id="bob")
    yield _here("put-membership", user="anne")
    yield _here("put-membership", user="bob", active=False)
    yield _above("put-resource-type", slug="board", parents=["project"], delegable=False)
    yield _above("put-permission", slug="board:view", type="board")
    yield _above("put-role", slug="board-viewer", type="project", permissions=["board:view"], name="Board viewer")
    yield _here("put-organization-role", slug="org-writer", type="project", permissions=["document:edit"])
    for resource, parent in (("design", "organization:acme"), ("sales", "organization:acme")):
        yield _here("create-resource", resource=f"workspace:{resource}", parent=parent)
    for resource in ("apollo", "zeus"):
        yield _here("create-resource", resource=f"project:{resource}", parent="workspace:design", name=resource)
    yield _here("create-group", id="eng", name="Engineers")
    yield _here("create-group", id="leads")
    yield _here("add-group-member", group="eng", member="user:anne")
    yield _here("add-group-member", group="eng", member="group:leads#member")
    yield _here("assign", **MEMBER)
    yield _here("assign", principal="user:anne", role="org-writer", resource="project:zeus")
    yield _above("register-agent", id="planner", secret=SECRET)
    yield _above("register-agent", id="reader", jwks=_key())
    yield _here("admit-agent", agent="planner", ceiling="none")
    yield _here("admit-agent", agent="reader", ceiling=[{"resource": "project:zeus", "roles": ["project-viewer"]}])
    yield _above("register-service", **SERVICE)
    yield _here("admit-service", service="documents")
    yield _above("put-identity-provider", id="idp", issuer=ISSUER, jwks=_key())
    yield _person("link-identity", "anne", user="anne", issuer=ISSUER, subject="a-1")
    yield _above("appoint-administrator", user="anne")
    yield _here("put-delegation-policy", **POLICY, author="anne")


def second_part() -> Iterator[Step]:
    """Yield what changes and ends all that, after anne granted a delegation on the project apollo."""
    yield _here("suspend-delegation", id=DELEGATION)
    yield _here("resume-delegation", id=DELEGATION)
    yield _here("suspend-admission", agent="planner")
    yield _here("resume-admission", agent="planner")
    yield _here("suspend-delegation-policy", id="editors")
    yield _here("resume-delegation-policy", id="editors")
    yield _here("end-delegation-policy", id="editors")
    yield _here("move-resource", resource="project:apollo", parent="workspace:sales")
    yield _here("revoke-delegation", id=DELEGATION)
    yield _here("unassign", **MEMBER)
    yield _here("remove-group-member", group="eng", member="group:leads#member")
    yield _here("delete-group", id="eng")
    yield _here("delete-organization-role", slug="org-writer")
    yield _above("delete-role", slug="board-viewer")
    yield _here("delete-resource", resource="workspace:sales", cascade=True)
    yield _above("create-agent-credentials", id="planner", secret=OTHER_SECRET, keep_previous=60)
    yield _above("create-agent-credentials", id="reader", jwks_uri="https://reader.example/keys", dpop_bound=True)
    yield _above("create-service-secret", id="documents", secret=OTHER_SECRET)
    yield _above("set-agent-status", id="planner", status="suspended")
    yield _above("set-service-status", id="documents", status="deleted")
    yield _here("dismiss-agent", agent="planner")
    yield _here("dismiss-service", service="documents")
    yield _person("set-user-status", "bob", user="bob", status="suspended")
    yield _above("dismiss-administrator", user="anne")
    yield _here("remove-membership", user="anne")
    yield _above("remove-identity-provider", id="idp")
    yield _here("delete-organization")


def by_relationships() -> Iterator[Step]:
    """Yield what builds and changes an organization where relationships say who may do what."""
    yield Step("create-organization", ACME, {"id": "acme", "name": "Acme"})
    yield _person("create-user", "anne", id="anne")
    yield _here("put-membership", user="anne")
    editor = {"object": "note:plan", "relation": "editor", "subject": "user:anne"}
    yield _above("put-relationship-model", text=NOTES, delegable=["note"])
    yield _here("write-relationships", writes=[editor, {**editor, "relation": "owner", "until": 4_000_000_000}])
    yield _here("write-relationships", deletes=[editor])
    yield _here("delete-relationships", subject="user:anne")
    yield _here("delete-organization")


def samples() -> dict[str, Mapping[str, Any]]:
    """Return fields for every command, as it first occurs."""
    found: dict[str, Mapping[str, Any]] = {}
    for step in (*first_part(), *second_part(), *by_relationships()):
        found.setdefault(step.command, step.on("dlg_sample").fields)
    return found
