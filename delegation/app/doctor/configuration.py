"""What settings say, and whether they fit each other and the machine."""

from collections.abc import Iterator
from dataclasses import dataclass

from delegation.app.doctor.findings import Finding, fault, warning, well
from delegation.settings import Settings

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  it is compared with, not listened on
_ROW = 350
"""Octets that a row of a picture takes."""
_RESERVE = 64
"""Descriptors that a process needs beside those of its connections."""
_LONG_TOKEN = 900
_LONG_INTERVAL = 600


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine has."""

    cores: int
    memory: int
    """Octets."""
    descriptors: int
    """That a process may have open."""


def configuration(settings: Settings, machine: Machine) -> Iterator[Finding]:
    """Yield what there is to say about the settings."""
    yield from _door(settings)
    yield from _development(settings)
    yield from _times(settings)
    yield from _shares(settings, machine)


def _door(settings: Settings) -> Iterator[Finding]:
    if settings.host in _EVERYWHERE:
        advice = "let a proxy that ends TLS be the only one that reaches the port, or listen on loopback"
        yield warning("address", "plain HTTP is listened for on all interfaces", advice)
    elif settings.on_loopback and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        advice = "set DELEGATION_ISSUER to the public https URL"
        yield warning("address", f"`{settings.host}` is listened on, and the issuer is on loopback", advice)
    else:
        yield well("address", f"listens on `{settings.host}`, and is `{settings.issuer}`")


def _development(settings: Settings) -> Iterator[Finding]:
    if not settings.development_identity_provider:
        return
    advice = "unset DELEGATION_DEVELOPMENT_IDENTITY_PROVIDER"
    text = "the development identity provider gives anybody a token for any user"
    yield (warning if settings.on_loopback else fault)("identity provider", text, advice)


def _times(settings: Settings) -> Iterator[Finding]:
    if settings.token_lifetime > _LONG_TOKEN:
        text = f"who verifies offline believes a revoked token for up to {settings.token_lifetime} s"
        yield warning("token lifetime", text, "lower DELEGATION_TOKEN_LIFETIME")
    if settings.seal_interval > _LONG_INTERVAL:
        text = f"what was recorded in the last {2 * settings.seal_interval} s can be changed without trace"
        yield warning("seal interval", text, "lower DELEGATION_SEAL_INTERVAL")


def _shares(settings: Settings, machine: Machine) -> Iterator[Finding]:
    if settings.workers > machine.cores:
        text = f"{settings.workers} workers share {machine.cores} cores"
        yield warning("workers", text, "lower DELEGATION_WORKERS to the number of cores")
    else:
        yield well("workers", f"{settings.workers} of {machine.cores} cores")
    pictures = settings.workers * settings.rows_in_memory * _ROW
    if pictures > machine.memory:
        text = f"pictures may take {pictures >> 20} MiB of {machine.memory >> 20}"
        yield warning("memory", text, "lower DELEGATION_ROWS_IN_MEMORY")
    needed = settings.connection_limit + _RESERVE
    if machine.descriptors < needed:
        text = f"a process may open {machine.descriptors} files, and needs up to {needed}"
        yield fault("descriptors", text, "raise `ulimit -n`, or lower DELEGATION_CONNECTION_LIMIT")
    else:
        yield well("descriptors", f"{machine.descriptors} for up to {needed}")
