"""The two secrets of a deployment: the key that seals the signing keys, and the bootstrap administrator's."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from delegation.settings import Settings
from delegation.tokens import MASTER_KEY_BYTES, new_secret

MASTER_KEY_FILE: Final = "master.key"
ADMINISTRATOR_FILE: Final = "administrator.secret"
ADMINISTRATOR_SECRET_LENGTH: Final = 16
"""Characters it must have at least: nobody would notice that it is being guessed."""


class NotPrepared(Exception):
    """The service cannot start; the text says what is missing and what to do."""


def master_key(settings: Settings, *, make: bool) -> bytes:
    """Return the key that seals the signing keys; with `make` one is made in the data directory where there is none.

    Raises NotPrepared when there is none, or when what there is is no 32 bytes in base64url.
    """
    path = settings.data_directory / MASTER_KEY_FILE
    if not make and settings.master_key is None and not path.is_file():
        raise NotPrepared(f"the signing keys are sealed, and the master key is gone: put back `{path}` or configure it")
    text = _secret(settings.master_key, path, _new_master_key)
    try:
        # With padding or without, as whoever made it likes.
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise NotPrepared(f"the master key must be {MASTER_KEY_BYTES} bytes in base64url")
    return key


def administrator_secret(settings: Settings) -> str:
    """Return the bootstrap administrator's secret; one is made in the data directory when none is configured.

    Raises NotPrepared when what is configured could be guessed.
    """
    secret = _secret(settings.administrator_secret, settings.data_directory / ADMINISTRATOR_FILE, new_secret)
    if len(secret.strip()) < ADMINISTRATOR_SECRET_LENGTH:
        raise NotPrepared(f"the administrator's secret needs at least {ADMINISTRATOR_SECRET_LENGTH} characters")
    return secret


def _secret(configured: SecretStr | None, path: Path, make: Callable[[], str]) -> str:
    if configured is not None:
        return configured.get_secret_value()
    if path.is_file():
        return _read(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = make()
    # Written beside and linked into place: two processes that start at once agree on one, and none reads half.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        made = _read(path)
    finally:
        beside.unlink()
    return made


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip()


def _new_master_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()
