"""Names: which of them the rows of things take for ever, for whoever brings back rows whose commands are forgotten."""

from collections.abc import Iterator, Mapping
from typing import Final

from delegation.state.platform import PARTITION
from delegation.store import Claim, Put

_EVERYWHERE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "agents": (("principal", "id"),),
    "services": (("principal", "id"), ("audience", "audience")),
    "users": (("principal", "id"),),
    "identity_providers": (("identity-provider", "id"),),
}
"""The purposes for which names are taken, and the columns that hold them."""

_WITHIN: Final = {
    "roles": ("role", "slug"),
    "groups": ("group", "id"),
    "resources": ("resource", "resource"),
    "delegation_policies": ("delegation-policy", "id"),
}
"""What has a name in its organization."""


def names_given(partition: str, put: Put) -> Iterator[Claim]:
    """Yield the names that a row takes for ever, be they taken already or not."""
    for purpose, column in _EVERYWHERE.get(put.table, ()):
        yield Claim(f"name:{purpose}", str(put.row[column]), None)
    if put.table == "identities":
        yield Claim(f"name:identity:{put.row['issuer']}", str(put.row["subject"]), None)
    if put.table in _WITHIN:
        purpose, column = _WITHIN[put.table]
        here = "" if partition == PARTITION else f"{partition.partition(':')[2]}:"
        yield Claim(f"name:{here}{purpose}", str(put.row[column]), None)
