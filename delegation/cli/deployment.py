"""How commands reach a deployment: its settings, and what goes wrong there told in one line."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import click

from delegation.app.secrets_at_rest import NotPrepared
from delegation.audit import AuditError
from delegation.directory.errors import DirectoryError
from delegation.settings import Settings, SettingsError, configured
from delegation.store import StoreError
from delegation.tokens import TokenError

T = TypeVar("T")


def settings_with(**given: Any) -> Settings:
    """Return the settings of the environment, those given in their stead. Raises ClickException."""
    try:
        return configured(**given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def carried_out(work: Awaitable[T]) -> T:
    """Return what becomes of work in an event loop of its own. Raises ClickException for what a person can mend."""

    async def awaited() -> T:
        return await work

    try:
        return asyncio.run(awaited())
    except (NotPrepared, AuditError, DirectoryError, StoreError, TokenError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'the machine'}: {error.strerror}") from error
