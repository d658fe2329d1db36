"""What the examples show of the wire never holds what must not be shown."""

import json
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from examples.wire import JSON, client_noting_to, shown
from tests.client.authorization_server import AuthorizationServer

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5lIn0.c2lnbmF0dXJl"
SHOWN = "eyJ..F0dXJl"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (JWT, SHOWN),
        (f"Bearer {JWT}!", f"Bearer {SHOWN}!"),
        ({"a": [{"token": JWT}]}, {"a": [{"token": SHOWN}]}),
        ({"client_secret": "hidden", "secret": True}, {"client_secret": "***", "secret": True}),
        (["document:edit", 7, None], ["document:edit", 7, None]),
    ],
)
def test_tokens_are_shortened_and_secrets_blanked(value: JSON, expected: JSON) -> None:
    """At whatever depth, enough is left to recognize a token and too little to use it."""
    assert shown(value) == expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "bearer"),
    [
        ({}, None),
        ({"Authorization": "Basic hidden"}, None),
        ({"Authorization": "Bearer hidden"}, "***"),
        ({"Authorization": f"Bearer {JWT}"}, SHOWN),
    ],
)
async def test_an_exchange_is_noted_as_one_line(
    server: AuthorizationServer, tmp_path: Path, headers: dict[str, str], bearer: str | None
) -> None:
    """Request and answer stand together, with who asked and when it began."""
    server.scripted.append(JSONResponse({"access_token": JWT}))
    noted = tmp_path / "planner.wire"
    async with client_noting_to(noted, "planner") as http:
        await http.post(f"{server.issuer}/revoke?a=b", data={"token": JWT}, headers=headers)
    [line] = noted.read_text().splitlines()
    exchange = json.loads(line)
    assert 0 < exchange.pop("begun") < exchange.pop("ended")
    assert exchange == {
        "who": "planner",
        "method": "POST",
        "path": "/revoke?a=b",
        "bearer": bearer,
        "sent": {"token": SHOWN},
        "status": 200,
        "got": {"access_token": SHOWN},
    }
