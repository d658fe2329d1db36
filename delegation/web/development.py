"""The development identity provider: a token for any user, to anybody who asks. Off unless expressly asked for."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.state.entities import IdentityProvider
from delegation.tokens import JSON, SigningKey, sign_user_token
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.reading import read_as, read_json

_LIFETIME: Final = 3600
_Text = Annotated[str, Field(min_length=1, max_length=600)]


class UserTokenRequest(BaseModel):
    """Which user, and for which audience."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    user: _Text
    audience: _Text
    organization: _Text | None = None
    scope: _Text | None = None


@dataclass(frozen=True, slots=True)
class DevelopmentProvider:
    """An issuer of user tokens that believes whatever it is told."""

    provider: IdentityProvider
    key: SigningKey

    @classmethod
    def of(cls, issuer: str, key: SigningKey) -> "DevelopmentProvider":
        """Return the provider beneath the service's own issuer; its subjects are the users' ids."""
        provider = IdentityProvider(
            id="development",
            issuer=f"{issuer}/development",
            jwks_uri=None,
            jwks={"keys": [dict(key.public)]},
            audience=None,
            organization=None,
            subjects="same",
        )
        return cls(provider, key)


async def token(request: Request) -> Response:
    """Issue a user token to whoever asks."""
    development = desk(request).development
    if development is None:
        raise Refused(404, "not_found", "there is no development identity provider here")
    asked = read_as(UserTokenRequest, await read_json(request))
    now = int(desk(request).clock().timestamp())
    claims: dict[str, JSON] = {
        "iss": development.provider.issuer,
        "sub": asked.user,
        "aud": asked.audience,
        "iat": now,
        "exp": now + _LIFETIME,
        **({"org_id": asked.organization} if asked.organization else {}),
        **({"scope": asked.scope} if asked.scope else {}),
    }
    signed = sign_user_token(claims, development.key)
    body = {"access_token": signed, "token_type": "Bearer", "expires_in": _LIFETIME}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


ROUTES: Final = [Route("/development/token", token, methods=["POST"])]
