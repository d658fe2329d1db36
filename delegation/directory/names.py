"""Names: which of them are given for ever by the rows that come about with them."""

from collections.abc import Iterator

from delegation.state.views import organization_of
from delegation.store import Claim, Put

_OF_THE_PLATFORM = {"agents": "principal", "services": "principal", "identity_providers": "identity-provider"}
_OF_AN_ORGANIZATION = {"groups": "group", "delegation_policies": "delegation-policy"}


def names_given(partition: str, put: Put) -> Iterator[Claim]:
    """Yield the names that a row takes for ever, given before or not."""
    for purpose, name in _given(partition, put):
        yield Claim(f"name:{purpose}", str(name), None)
