"""The main race between real processes: two servers, each a process started from a shell, on one database."""

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from delegation.app.clock import utc_now
from tests.databases import Make
from tests.durability.world import ACCESS_TOKEN, APOLLO, DOCUMENTS, EXCHANGE, World, founded
from tests.end_to_end.deployment import ASSERTION
from tests.processes.host import Host, hosted
from tests.races.replicas import RACERS, Send, raced

ISSUER = "https://as.example"
SECRET = "the administrator of both processes"
KEY = base64.urlsafe_b64encode(b"the master key of both processes").decode()
ROUNDS = 20

pytestmark = [pytest.mark.slow, pytest.mark.threat("33")]


def started(directory: Path, url: str) -> AbstractContextManager[Host]:
    """Run a server, in a process of its own, until the block ends."""
    shared = {
        "DELEGATION_DATABASE_URL": url,
        "DELEGATION_MASTER_KEY": KEY,
        "DELEGATION_ADMINISTRATOR_SECRET": SECRET,
    }
    return hosted(directory, workers=1, issuer=ISSUER, variables=shared)


def assertion(key: ECKey, number: int) -> str:
    """Return a client assertion of the agent `keyed`."""
    now = int(utc_now().timestamp())
    claims = {"iss": "keyed", "sub": "keyed", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": f"once-{number}"}
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint(), "typ": "client-authentication+jwt"}, claims, key)


def exchange(world: World, once: str) -> Send:
    """Return how a token is asked for with a client assertion."""
    details = f'[{{"type": "resource_role", "organization": "acme", "identifier": "{APOLLO}",'
    form = {
        "grant_type": EXCHANGE,
        "subject_token": world.person("u0", ISSUER),
        "subject_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "authorization_details": details + ' "privileges": ["project-editor"]}]',
        "client_assertion_type": ASSERTION,
        "client_assertion": once,
    }
    return lambda http: http.post("/token", data=form)


def test_of_fifty_presentations_to_two_processes_one_gets_a_token(databases: Make, tmp_path: Path) -> None:
    """A client assertion authenticates once: of fifty requests at two processes one gets a token, the others 401."""
    with (
        databases(None) as url,
        started(tmp_path / "one", url) as one,
        started(tmp_path / "two", url) as two,
        ThreadPoolExecutor(RACERS) as pool,
    ):
        assert one.parent != two.parent
        (one.directory / "administrator.secret").write_text(SECRET)  # where the test looks for it
        world, key = founded(one, 1), ECKey.generate_key("P-256")
        one.must("POST", "/agents", {"id": "keyed", "jwks": {"keys": [key.as_dict(private=False)]}})
        one.must("PUT", "/organizations/acme/agents/keyed", {"ceiling": "none"})
        wish = {"organization": "acme", "agent": "keyed", "resource": APOLLO, "roles": ["project-editor"]}
        granted = world.hand(one.http, "u0", "POST", "/delegations", {**wish, "expires_in": 1800})
        assert granted.status_code == 201, granted.text
        for number in range(ROUNDS):
            answers = raced(pool, [one.url, two.url], [exchange(world, assertion(key, number))] * RACERS)
            assert Counter(answer.status_code for answer in answers) == {200: 1, 401: RACERS - 1}
