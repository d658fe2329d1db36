"""Public keys as administrators register them: refused with a reason when they could not verify anything."""

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from delegation.tokens import ASSERTION_ALGORITHMS, InvalidKey, InvalidProvider, KeysAt, public_jwks

FILE_SCHEME: Final = "file"


def _of_agent(jwks: dict[str, Any]) -> dict[str, Any]:
    try:
        return public_jwks(jwks, ASSERTION_ALGORITHMS)
    except InvalidKey as error:
        raise ValueError(str(error)) from error


def _of_provider(jwks: dict[str, Any]) -> dict[str, Any]:
    try:
        return public_jwks(jwks)
    except InvalidKey as error:
        raise ValueError(str(error)) from error


def _address(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == FILE_SCHEME and not parts.netloc and parts.path.startswith("/"):
        return uri
    return _url(uri)


def _url(uri: str) -> str:
    try:
        return KeysAt(uri).url
    except InvalidProvider as error:
        raise ValueError(str(error)) from error


AgentKeys = Annotated[dict[str, Any], AfterValidator(_of_agent)]
"""A JWK Set with which an agent's assertions are verified."""
ProviderKeySet = Annotated[dict[str, Any], AfterValidator(_of_provider)]
"""A JWK Set with which a provider's tokens are verified."""
KeysAddress = Annotated[str, Field(max_length=500), AfterValidator(_address)]
"""Where a provider's JWK Set is: an https URL (http on loopback), or `file:///` and a path on this machine."""
AgentKeysAddress = Annotated[str, Field(max_length=500), AfterValidator(_url)]
"""Where an agent's JWK Set is: an https URL (http on loopback); a file of this machine is nobody's to name."""
