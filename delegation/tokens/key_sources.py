"""Where the keys of others are to be had, and one reading of them (RFC 7517 §5)."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from delegation.tokens.errors import InvalidKey, InvalidProvider, ProviderUnavailable
from delegation.tokens.safe_fetching import AddressRefused
from delegation.tokens.strict_json import InvalidJSON, json_value
from delegation.tokens.verification_keys import VerificationKeys, usable_keys

MAX_BYTES: Final = 65_536
"""What a JWK Set may have; a longer one is not read to its end."""

_HEADERS: Final = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class KeysAt:
    """A JWK Set behind a URL: https, or http on loopback. Raises InvalidProvider for any other."""

    url: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError:
            raise InvalidProvider("the address of the keys is no URL") from None
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise InvalidProvider("keys come over https (over http from loopback alone)")
        if not parts.hostname or parts.username is not None or parts.fragment:
            raise InvalidProvider("the address of the keys needs a host, and no user or fragment")


@dataclass(frozen=True, slots=True)
class KeysIn:
    """A JWK Set in a file, read again when the file changes."""

    path: Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one writing of a file from another."""

    inode: int
    size: int
    changed_ns: int


def stamp_of(source: KeysIn) -> Stamp:
    """Return which writing of the file is there now; raises ProviderUnavailable when there is none."""
    try:
        found = source.path.stat()
    except OSError:
        raise ProviderUnavailable("the file of keys is not there") from None
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def read_keys(source: KeysIn) -> VerificationKeys:
    """Return the keys in the file; raises ProviderUnavailable when it holds no JWK Set."""
    try:
        with source.path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError:
        raise ProviderUnavailable("the file of keys cannot be read") from None
    return _keys_in(raw)


async def fetch_keys(client: httpx2.AsyncClient, source: KeysAt, within: timedelta) -> VerificationKeys:
    """Return the keys behind the URL, asked for once; raises ProviderUnavailable unless all arrives in time.

    Redirects are not followed and nothing is unpacked: neither may lead to more than was configured.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            return _keys_in(await _download(client, source.url, within))
    except TimeoutError:
        raise ProviderUnavailable("whoever has the keys did not answer in time") from None
    except AddressRefused as refusal:
        raise ProviderUnavailable(f"the keys are not asked for: {refusal}") from None
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise ProviderUnavailable("whoever has the keys could not be reached") from None


async def _download(client: httpx2.AsyncClient, url: str, within: timedelta) -> bytes:
    raw = bytearray()
    async with client.stream(
        "GET",
        url,
        headers=_HEADERS,
        auth=None,
        follow_redirects=False,
        timeout=within.total_seconds(),
    ) as answer:
        plain = answer.headers.get("content-encoding", "identity") == "identity"
        if answer.status_code != httpx2.codes.OK or not plain:
            raise ProviderUnavailable(f"whoever has the keys answered {answer.status_code}")
        async for part in answer.aiter_raw():
            raw += part
            if len(raw) > MAX_BYTES:
                break
    return bytes(raw)


def _keys_in(raw: bytes) -> VerificationKeys:
    if len(raw) > MAX_BYTES:
        raise ProviderUnavailable(f"the keys are longer than {MAX_BYTES} bytes")
    try:
        return usable_keys(json_value(raw))
    except (InvalidJSON, InvalidKey):
        raise ProviderUnavailable("the keys are no JWK Set") from None


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
