"""How tests send creations under idempotency keys, and compare what they are answered."""

from itertools import count
from typing import Any, Final

import httpx2

from tests.end_to_end.deployment import ADMINISTRATOR, JSON, Deployment
from tests.end_to_end.tenant import Tenant

SERIAL: Final = count()


def new(name: str) -> str:
    """Return a name that nobody has used."""
    return f"{name}-{next(SERIAL)}"


def post(
    house: Deployment, path: str, body: JSON | None, key: str | None, *, bearer: str = ADMINISTRATOR, **headers: str
) -> httpx2.Response:
    """Send a creation under a key."""
    sent = {"Authorization": f"Bearer {bearer}", **headers, **({} if key is None else {"Idempotency-Key": key})}
    return house.http.post(path, json=body, headers=sent)


def ask(tenant: Tenant, user: str, key: str | None, **changed: Any) -> httpx2.Response:
    """Ask for a delegation by a user's own hand, under a key."""
    token = tenant.house.user_token(user, audience=f"{tenant.house.issuer}/delegations")
    return post(tenant.house, "/delegations", tenant.wish(**changed), key, bearer=token)


def same(answers: list[httpx2.Response], status: int = 201) -> bool:
    """Return whether all answers are one, to the byte, of this status."""
    told = {(answer.status_code, answer.content, answer.headers.get("location")) for answer in answers}
    return len(told) == 1 and answers[0].status_code == status


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal, which has to be a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
