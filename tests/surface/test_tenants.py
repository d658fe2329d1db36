"""What is another organization's is, at every route and for everybody, as if it were not there."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import httpx2
import pytest

from delegation.web.describing import Caller, Described
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import told
from tests.rfc.stage import Stage, set_up
from tests.surface.asking import BOOTSTRAP, Names, ask, credential, things_of, written
from tests.surface.table import ROUTES, named

CALLERS: Final = [Caller.ADMINISTRATOR, Caller.PERSON, Caller.AGENT, Caller.SERVICE]
DIALECT: Final = [route for route in ROUTES if route.operation.caller is not Caller.ANYBODY]
"""Routes that somebody has to be somebody for."""
SHOWN: Final = [route for route in DIALECT if route.path != "/revoke"]
"""Routes where what is presented is not told apart: of a client's own token RFC 7009 §2.1 wants it refused."""
REVISION: Final = re.compile(r'"revision":\d+')


@dataclass(frozen=True)
class Sides:
    """Two organizations, each with an administrator, a user, an agent and a service, and all they have."""

    ours: Stage
    theirs: Stage
    our_things: Names
    their_things: Names


@pytest.fixture(scope="module")
def sides(found_tenant: Callable[[], Tenant]) -> Sides:
    """Two organizations in one deployment."""
    ours, theirs = (set_up(found_tenant()) for _ in range(2))
    return Sides(ours, theirs, things_of(ours), things_of(theirs))


def seen(answer: httpx2.Response, about: Names) -> tuple[int, str, dict[str, str]]:
    """Return all of an answer that could tell two things apart, with their own names left out."""
    status, body, headers = told(answer)
    shown = REVISION.sub("", about.hidden(body.decode()))  # What was made of both is made one after the other.
    del headers["content-length"]
    return status, shown, {name: about.hidden(value) for name, value in headers.items()}


@pytest.mark.threat("16")
@pytest.mark.threat("39")
@pytest.mark.parametrize("ours", [False, True], ids=["in their organization", "in ours"])
@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
@pytest.mark.parametrize("route", SHOWN, ids=named)
def test_what_is_theirs_is_as_if_it_were_not_there(
    sides: Sides, route: Described, caller: Caller, *, ours: bool
) -> None:
    """The answer about their things is, byte for byte, that about things that do not exist."""
    theirs, nobodys = sides.their_things, sides.their_things.unknown()
    if ours:
        here = sides.our_things.organization
        theirs, nobodys = replace(theirs, organization=here), replace(nobodys, organization=here)
    known = {name: getattr(sides.our_things, name) for name in ("agent", "service", "presented")}
    theirs, nobodys = replace(theirs, **known), replace(nobodys, **known)
    if ours and written(route, theirs) == written(route, nobodys):
        return  # Beside our organization it names agents and services alone, which are everybody's to name.
    http = sides.ours.http
    about_theirs, about_nobodys = (
        seen(ask(http, route, about, credential(sides.ours, caller)), about) for about in (theirs, nobodys)
    )
    assert about_theirs == about_nobodys
    assert about_theirs[0] < 500


@pytest.mark.threat("16")
def test_all_those_attempts_changed_nothing(sides: Sides) -> None:
    """What they have is as it was: who asked for it by name got nothing of it and took nothing away."""
    theirs = sides.theirs
    assert theirs.redeem().status_code == 200
    assert theirs.introspected(sides.their_things.token)["active"] is True
    shown = theirs.tenant.must("GET", "")
    assert sides.their_things.group in shown["groups"]
    assert sides.their_things.resource in {one["resource"] for one in shown["resources"]}
    assert shown["memberships"].keys() == {theirs.tenant.own(name) for name in ("anne", "bob", "olga")}


@pytest.mark.threat("16")
@pytest.mark.parametrize("route", DIALECT, ids=named)
def test_the_requests_are_right_in_their_form(sides: Sides, route: Described) -> None:
    """The administrator of the platform, or whoever else may, is not refused for how these requests are made."""
    caller = route.operation.caller
    headers = BOOTSTRAP if caller is Caller.ADMINISTRATOR else credential(sides.theirs, caller)
    answer = ask(sides.theirs.http, route, sides.their_things.unknown(), headers)
    assert answer.status_code in {200, 201, 404, 409, 422} or route.path == "/token", answer.text
