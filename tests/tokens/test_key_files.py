"""Keys of identity providers in files: read again when the file changes."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest

from delegation.tokens import KeysIn, Provider, ProviderKeys, ProviderUnavailable, Purpose, RemoteKeys, SigningKey
from tests.clock import Clock
from tests.tokens.forging import ISSUER, PROVIDER, USER_TOKEN, signing_key

pytestmark = pytest.mark.anyio

OLD: Final = signing_key(Purpose.USER_TOKEN)
NEW: Final = signing_key(Purpose.USER_TOKEN)
HOUR: Final = timedelta(hours=1)


class Filed:
    """A provider whose keys lie in a file."""

    def __init__(self, path: Path, known: ProviderKeys) -> None:
        self.path = path
        self.known = known

    def write(self, *keys: SigningKey) -> None:
        """Replace the file as one should: whole."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": [dict(key.public) for key in keys]}))
        fresh.rename(self.path)

    async def names(self) -> set[str]:
        """Return the names of the keys in use."""
        provider = Provider(PROVIDER, ISSUER, KeysIn(self.path))
        return {*(await self.known.for_token(provider, USER_TOKEN.token())).by_kid}


@pytest.fixture
async def filed(tmp_path: Path, clock: Clock) -> AsyncIterator[Filed]:
    """A provider whose file is not there yet."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield Filed(tmp_path / "jwks.json", ProviderKeys(RemoteKeys(client, clock)))


async def test_a_changed_file_is_read_again(filed: Filed) -> None:
    """The next token after a change is read with the keys that stand in the file then."""
    filed.write(OLD)
    assert await filed.names() == {OLD.kid}
    filed.write(NEW)
    assert await filed.names() == {NEW.kid}
    filed.write()
    assert await filed.names() == set()


async def test_an_unchanged_file_is_not_read_again(filed: Filed, clock: Clock) -> None:
    """A file that stays the same is believed for as long as it is there."""
    filed.write(OLD)
    for _ in range(3):
        assert await filed.names() == {OLD.kid}
        clock.advance(10 * HOUR)


async def test_a_missing_file_is_no_provider(filed: Filed) -> None:
    """Without the file nobody can say whether a token is good; as soon as it is there, everybody can."""
    with pytest.raises(ProviderUnavailable):
        await filed.names()
    filed.write(OLD)
    assert await filed.names() == {OLD.kid}


SPOILT: Final[dict[str, Callable[[Path], int | None]]] = {
    "removed": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "no key set": lambda path: path.write_bytes(b"[]"),
    "too long": lambda path: path.write_bytes(path.read_bytes() + b" " * 65_536),
    "a folder": lambda path: path.rename(path.with_suffix(".old")).with_suffix(".json").mkdir(),
}


@pytest.mark.threat("50")
@pytest.mark.parametrize("spoilt", SPOILT)
async def test_a_spoilt_file_leaves_what_is_known_for_an_hour(filed: Filed, clock: Clock, spoilt: str) -> None:
    """A file that is being written, or was removed, is believed as it was for an hour and then not at all."""
    filed.write(OLD)
    assert await filed.names() == {OLD.kid}
    SPOILT[spoilt](filed.path)
    clock.advance(HOUR - timedelta(microseconds=1))
    assert await filed.names() == {OLD.kid}
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(ProviderUnavailable):
        await filed.names()


@pytest.mark.threat("S31")
async def test_only_so_many_sources_are_remembered(filed: Filed) -> None:
    """What is remembered of sources is bounded: the one unused for longest is forgotten first."""
    filed.write(OLD)
    assert await filed.names() == {OLD.kid}
    filed.path.unlink()
    for number in range(9_999):
        await _ask_in_vain(filed, number)
    assert await filed.names() == {OLD.kid}
    await _ask_in_vain(filed, 9_999)
    assert await filed.names() == {OLD.kid}
    for number in range(10_000):
        await _ask_in_vain(filed, number)
    with pytest.raises(ProviderUnavailable):
        await filed.names()


async def _ask_in_vain(filed: Filed, number: int) -> None:
    provider = Provider(PROVIDER, ISSUER, KeysIn(filed.path.with_name(f"{number}.json")))
    with pytest.raises(ProviderUnavailable):
        await filed.known.for_token(provider, USER_TOKEN.token())
