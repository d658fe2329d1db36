"""The README tells the truth."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.clock import Clock
from tests.end_to_end.deployment import DOCUMENTS, Deployment, running
from tests.readme import excerpt, programs, shown, walk


@pytest.fixture
def acme(tmp_path: Path, clock: Clock) -> Iterator[Deployment]:
    """The organization of the README's story."""
    with running(tmp_path / "data", clock) as deployment:
        deployment.must("POST", "/organizations", {"id": "acme"})
        for resource, parent in (("workspace:design", None), ("project:apollo", "workspace:design")):
            deployment.must("POST", "/organizations/acme/resources", {"resource": resource, "parent": parent})
        for app in ("storefront", "kiosk"):
            body = {"resource": f"app:{app}", "parent": "project:apollo"}
            deployment.must("POST", "/organizations/acme/resources", body)
        deployment.user("anne")
        deployment.assign("user:anne", "workspace-member", "workspace:design")
        yield deployment


def test_the_readme_shows_the_walk_as_it_goes() -> None:
    """What the README shows of the walk is what the walk tells, step by step."""
    assert shown() == excerpt(walk())


def test_the_programs_of_the_readme_do_what_it_says(acme: Deployment) -> None:
    """An agent made as the README shows gets a token that a service made as it shows accepts, and else is told why."""
    documents = acme.service("documents", DOCUMENTS)
    planner = acme.agent("planner")
    readme = programs()

    def token() -> str:
        text: str = asyncio.run(readme["edit_token"](acme.issuer, planner.secret, acme.user_token("anne")))
        return text

    assert token() == f"ask the user to grant this at {acme.issuer}/delegations"
    acme.grant("anne", "planner", "project:apollo", "project-editor")
    app = readme["protected"](acme.issuer, documents.secret)
    with TestClient(app, base_url=DOCUMENTS) as service:
        headers = {"Authorization": f"Bearer {token()}"}
        answer: httpx2.Response = service.put("/apps/storefront/document", headers=headers)
        assert (answer.status_code, answer.text) == (200, "edited by planner for anne")
        assert service.put("/apps/storefront/document").status_code == 401
