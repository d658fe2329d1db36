"""What a request says about hosts, addresses and other methods changes nothing, for those who may ask either."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx2
import pytest

from delegation.web.describing import Caller, Described
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import told
from tests.rfc.stage import Stage, set_up
from tests.rfc.test_routes import FORGED
from tests.surface.asking import BOOTSTRAP, Names, ask, credential
from tests.surface.table import ROUTES, named

HOSTS: Final = ["evil.example", "127.0.0.1:1@evil.example/healthz?"]


@pytest.fixture(scope="module")
def speaking(found_tenant: Callable[[], Tenant]) -> tuple[Stage, Names]:
    """A stage, and names of it of which nothing is there that a request could change."""
    stage = set_up(found_tenant())
    names = Names(
        organization=stage.tenant.id,
        delegation="dlg_nobody",
        user="nobody",
        group="nobody",
        resource="project:nobody",
        role="org-nobody",
        agent="nobody",
        service="nobody",
        token=stage.token(),
        presented=stage.user_token(),
    )
    return stage, names


@pytest.mark.threat("43")
@pytest.mark.threat("S29")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET" or "{" in route.path], ids=named)
def test_who_may_ask_gets_the_same_answer(speaking: tuple[Stage, Names], route: Described, host: str) -> None:
    """With a right credential too, all of the answer is that to the plain request."""
    stage, names = speaking
    caller = route.operation.caller
    proof = BOOTSTRAP if caller is Caller.ADMINISTRATOR else credential(stage, caller)
    about = names if route.method == "GET" else replace(names, organization="nobody")
    ask(stage.http, route, about, proof)  # What can be made or ended by this is, so that the next two meet the same.
    plain, forged = (_told(ask(stage.http, route, about, {**proof, **more})) for more in ({}, {**FORGED, "Host": host}))
    assert forged == plain


def _told(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return what is told but for the revision: what is put again is put at a new one."""
    status, body, headers = told(answer)
    del headers["content-length"]
    return status, re.sub(rb'"revision":\d+', b"", body), headers
