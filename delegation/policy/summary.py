"""What kind of policy a file holds and how much of what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from typing_extensions import override

from authz_core import Catalog, Document
from delegation.policy.questions import PolicyFile


@dataclass(frozen=True, slots=True)
class Summary:
    """A policy in one line: what kind it is, and how many of what there are."""

    kind: str
    schema: str | None
    counts: Mapping[str, int]

    @override
    def __str__(self) -> str:
        """The kind, and whatever there is at least one of."""
        counted = [_counted(number, name) for name, number in self.counts.items() if number]
        schema = [] if self.schema is None else [f"schema {self.schema}"]
        return ", ".join([self.kind, *schema, *counted])


def summary(policy: PolicyFile) -> Summary:
    """Return what a policy consists of, the facts of its tests included."""
    written = policy.model.written
    schema = written.schema_version if isinstance(written, Document) else None
    tests = {
        "tuples": len(policy.facts) + sum(len(test.facts) for test in policy.tests),
        "tests": len(policy.tests),
        "assertions": sum(len(test.assertions) for test in policy.tests),
    }
    return Summary(policy.model.kind, schema, {**_in_model(written), **tests})


def _in_model(written: Document | Catalog) -> dict[str, int]:
    if isinstance(written, Catalog):
        permissions = len(written.permissions)
        return {"types": len(written.types), "permissions": permissions, "roles": len(written.roles)}
    relations = sum(len(each.relations) for each in written.types)
    return {"types": len(written.types), "relations": relations, "conditions": len(written.conditions)}


def _counted(number: int, name: str) -> str:
    return f"{number} {name.removesuffix('s') if number == 1 else name}"
