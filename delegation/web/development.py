"""The development identity provider: a token for any user, to anybody who asks. Off unless expressly asked for."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.directory.command import Words
from delegation.directory.ending import Taking
from delegation.tokens import JSON, sign_user_token
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.oauth_shapes import DevelopmentToken
from delegation.web.reading import read_as, read_json

_LIFETIME: Final = 3600
_Text = Annotated[Words, Field(min_length=1, max_length=600)]


class UserTokenRequest(BaseModel):
    """Which user, and for which audience."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    user: _Text
    audience: _Text
    organization: _Text | None = None
    scope: _Text | None = None


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
    key = development.key((await desk(request).pictures.view()).platform, desk(request).clock())
    signed = sign_user_token(claims, key)
    body = {"access_token": signed, "token_type": "Bearer", "expires_in": _LIFETIME}
    return JSONResponse(body)


_TOKEN: Final = Operation(
    tag=Tag.DEVELOPMENT,
    caller=Caller.ANYBODY,
    body=UserTokenRequest,
    taking=Taking.NEVER,
    answers={200: DevelopmentToken},
    refusals=frozenset({400, 413}),
    example={"user": "anne", "audience": "https://as.example"},
)
ROUTES: Final = [Described("POST", "/development/token", token, _TOKEN)]
