"""What was used once before a restore cannot be used again after it, although nobody remembers its use."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from joserfc import jwt
from pydantic import SecretStr

from delegation.app.restoring import restore
from delegation.settings import Settings
from tests.clock import NOON, Clock
from tests.databases import Make, execute
from tests.end_to_end.deployment import Agent, Deployment
from tests.end_to_end.sites import Site
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.end_to_end.test_assertions_elsewhere import ISSUER, presented

pytestmark = [pytest.mark.threat("62"), pytest.mark.threat("R30")]

HOUR = {"exp": int(NOON.timestamp()) + 3_600}


@pytest.fixture
def site(databases: Make, migrated: str, tmp_path: Path) -> Iterator[Site]:
    """A place for a deployment, on both databases."""
    with databases(migrated) as url:
        yield Site(tmp_path, url)


def forget_uses(site: Site) -> None:
    """Let the database know as little of what was used as a backup from before does."""
    execute(site.database_url, "DELETE FROM claims WHERE purpose = 'client-assertion'")


@contextmanager
def restored(site: Site, clock: Clock) -> Iterator[Deployment]:
    """Serve a deployment again that was prepared after a restore."""
    settings = Settings(data_directory=site.directory, database_url=SecretStr(site.database_url), issuer=ISSUER)
    asyncio.run(restore(settings, [], complete=True, clock=clock))
    with site.running(clock, issuer=ISSUER) as house:
        yield house


def undated(agent: Agent, house: Deployment) -> str:
    """Return a fresh assertion that does not say when it was made."""
    assert agent.key is not None
    now = int(house.clock().timestamp())
    claims = {"iss": agent.id, "sub": agent.id, "aud": house.issuer, "exp": now + 60, "jti": token_hex(8)}
    header = {"alg": "ES256", "kid": agent.key.thumbprint(), "typ": "client-authentication+jwt"}
    return jwt.encode(header, claims, agent.key)


def kid_of(token: str) -> str:
    """Return the name of the key that a token says it was signed with."""
    header = token.split(".", maxsplit=1)[0]
    kid: str = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


def tenant(house: Deployment) -> Tenant:
    """Found an organization whose service is there."""
    return found(house, "acme", documents_service(house))


def test_an_assertion_of_before_is_refused(site: Site) -> None:
    """A used assertion, whether it says when it was made or not, is refused after a restore that forgot its use."""
    clock = Clock()
    with site.running(clock, issuer=ISSUER) as house:
        agent = tenant(house).agent("keyed", keyed=True)
        dated, blank = agent.assertion(house, **HOUR), undated(agent, house)
        assert [presented(house, each).status_code for each in (dated, blank)] == [200, 200]
    forget_uses(site)
    with site.running(clock, issuer=ISSUER) as house:
        # Without the claim that a restore makes it is accepted again, which is what the claim is for.
        assert presented(house, dated).status_code == 200
    forget_uses(site)
    clock.advance(timedelta(seconds=5))
    with restored(site, clock) as house:
        assert [presented(house, each).status_code for each in (dated, blank)] == [401, 401]


def test_new_assertions_are_as_good_as_ever(site: Site) -> None:
    """What is made after the restore is accepted once, and again and again refused what is of before."""
    clock = Clock()
    with site.running(clock, issuer=ISSUER) as house:
        agent = tenant(house).agent("keyed", keyed=True)
        old = [agent.assertion(house, **HOUR) for _ in range(2)]
    clock.advance(timedelta(seconds=5))
    with restored(site, clock) as house:
        new = agent.assertion(house)
        assert [presented(house, each).status_code for each in (*old, new, new, old[0])] == [401, 401, 200, 401, 401]
        assert presented(house, agent.assertion(house)).status_code == 200


def test_when_all_of_before_has_ended_nothing_is_held_against_anybody(site: Site) -> None:
    """An assertion that does not say when it was made is refused for an hour after the restore, and good afterwards."""
    clock = Clock()
    with site.running(clock, issuer=ISSUER) as house:
        agent = tenant(house).agent("keyed", keyed=True)
    with restored(site, clock) as house:
        assert presented(house, undated(agent, house)).status_code == 401
        clock.advance(timedelta(minutes=62))
        assert [presented(house, undated(agent, house)).status_code for _ in range(2)] == [200, 200]


def test_what_may_be_used_so_many_times_waits_for_somebody_to_look(site: Site) -> None:
    """A receipt is good after a restore; that of a delegation with a budget is when an administrator resumes it."""
    clock = Clock()
    with site.running(clock, issuer=ISSUER) as house:
        before = tenant(house)
        free, counted = before.grant(unattended=True), before.grant(unattended=True, budget={"tokens": 5})
        assert [before.redeem(each["receipt"]).status_code for each in (free, counted)] == [200, 200]
    clock.advance(timedelta(seconds=5))
    with restored(site, clock) as house:
        after = replace(before, house=house)
        assert [after.redeem(each["receipt"]).status_code for each in (free, counted)] == [200, 400]
        after.must("POST", f"/delegations/{counted['id']}/resume")
        assert after.redeem(counted["receipt"]).status_code == 200


def test_what_was_issued_before_is_refused_everywhere(site: Site) -> None:
    """Tokens of before are inactive, name no key of the published set, and new ones are issued at once."""
    clock = Clock()
    with site.running(clock, issuer=ISSUER) as house:
        before = tenant(house)
        before.grant()
        token = before.token()
        assert before.may(token)
    clock.advance(timedelta(seconds=5))
    with restored(site, clock) as house:
        after = replace(before, house=house)
        assert not after.may(token)
        published = {key["kid"] for key in house.http.get("/jwks.json").json()["keys"]}
        new = after.token()
        assert after.may(new)
        assert [kid_of(each) in published for each in (token, new)] == [False, True]
