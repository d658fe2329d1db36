"""Every command over HTTP: what it changes, what it answers, what it leaves in the log."""

from collections.abc import Iterator

import pytest

from delegation.directory.commands import COMMANDS
from delegation.web.management import ROUTES as MANAGEMENT
from delegation.web.relationships import ROUTES as RELATIONSHIPS
from tests.clock import Clock
from tests.directory.life import Step, by_relationships, first_part, samples, second_part
from tests.directory.log import heads, last
from tests.directory.routes import DELETIONS, READINGS, ROUTES, asked
from tests.end_to_end.deployment import JSON, Deployment
from tests.end_to_end.sites import Sites


@pytest.fixture
def house(sites: Sites) -> Iterator[Deployment]:
    """An empty deployment."""
    with sites() as site, site.running(Clock()) as house:
        yield house


def given(house: Deployment, step: Step) -> JSON:
    """Give a command over HTTP that has to succeed; return its answer."""
    request = asked(step.command, step.fields)
    return house.must(request.method, request.path, request.body)


def assert_told_and_recorded(house: Deployment, step: Step, before: dict[str, int], answer: JSON) -> None:
    """Fail unless exactly one partition moved by one, and the answer and the record there say so."""
    revision = before.get(step.partition, 0) + 1
    assert heads(house) == {**before, step.partition: revision}, step
    assert answer["revision"] == revision
    record = last(house, step.partition)
    concerned = "acme" if step.partition == "org:acme" else None
    assert (record["action"], record["outcome"]) == (step.command, "changed")
    assert (record["actor"], record["organization"]) == ("administrator:bootstrap", concerned)
    assert record["detail"].keys() >= step.fields.keys() - {"organization", "secret"}


def test_every_command_changes_one_partition_and_leaves_one_record_of_who_did_what(house: Deployment) -> None:
    """Each command moves its partition by one revision, names it in the answer, and is recorded with its actor."""
    delegation = ""
    for step in first_part():
        before = heads(house)
        assert_told_and_recorded(house, step, before, given(house, step))
    delegation = house.grant("anne", "planner", "project:apollo", "project-editor")["id"]
    for step in second_part():
        before = heads(house)
        assert_told_and_recorded(house, step.on(delegation), before, given(house, step.on(delegation)))


def test_so_does_every_command_on_relationships(sites: Sites) -> None:
    """Where relationships say who may do what, their commands move one partition each, and are recorded alike."""
    with sites() as site, site.running(Clock(), policy="documents") as house:
        for step in by_relationships():
            before = heads(house)
            assert_told_and_recorded(house, step, before, given(house, step))


def test_the_story_knows_every_command_and_the_table_every_route() -> None:
    """No command and no route of management is left out of these tests."""
    listed = {*ROUTES.values(), *(("DELETE", path) for path in DELETIONS), *(("GET", path) for path in READINGS)}
    served = {
        (method, route.path.replace(":path}", "}"))
        for route in (*MANAGEMENT, *RELATIONSHIPS)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert listed == served
    assert COMMANDS.keys() == ROUTES.keys() == samples().keys()
