"""The OpenAPI document says of each route what it is, and of nothing else."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs
import pytest
from pydantic import BaseModel

from delegation.directory.commands import COMMANDS
from delegation.web.command_answers import ANSWERS
from delegation.web.describing import Described
from delegation.web.openapi import VERSION, address, document
from tests.rfc.stage import Stage
from tests.surface.table import BARE, DOCUMENT, ISSUER, ROUTES, named
from tests.test_style import ROOT

OPERATIONS: Final = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
"""Every operation of the document."""
IDS: Final = [f"{method} {path}" for method, path, _ in OPERATIONS]


def parts(node: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from parts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from parts(inner)


def test_every_route_says_what_it_is() -> None:
    """A route without a description is in no document: make it `Described`, as its neighbours are."""
    assert BARE == [], f"put `Described(method, path, endpoint, Operation(...))` in the place of `Route`: {BARE}"


def test_the_document_is_the_route_table() -> None:
    """There is an operation for each route, and no other."""
    described = {(method, path) for method, path, _ in OPERATIONS}
    assert described == {(route.method.lower(), address(route.path, ISSUER)) for route in ROUTES}


def test_every_command_says_what_it_answers() -> None:
    """The shape of a command's answer stands in delegation/web/command_answers.py, and nothing else does."""
    assert ANSWERS.keys() == COMMANDS.keys()


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_an_operation_is_told_to_people_and_programs(method: str, path: str, operation: dict[str, Any]) -> None:
    """It has a summary, a tag, words for each parameter, a success with its form, and what else may come."""
    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    own = [one for one in operation["parameters"] if "$ref" not in one]
    assert all(one["description"] for one in own)
    in_path = {one["name"] for one in own if one["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", path))
    assert not any(re.fullmatch(r"Which \w+\.", one["description"]) for one in own), "say in PATH_WORDS what it is"
    successes = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    assert all(content["schema"] for answer in successes for content in answer["content"].values())
    assert len(successes) == 1
    assert operation["security"] or not {"401", "403"} & operation["responses"].keys()
    assert ("requestBody" in operation) <= (method in {"post", "put", "patch"})


def test_operations_have_names_of_their_own() -> None:
    """Programs that are made from the document have one function for each operation."""
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_whatever_is_referred_to_is_there() -> None:
    """Each reference leads somewhere, and each form, refusal and scheme but that of services is referred to."""
    references = {part["$ref"] for part in parts(DOCUMENT) if isinstance(part.get("$ref"), str)}
    there = {f"#/components/{kind}/{name}" for kind, known in DOCUMENT["components"].items() for name in known}
    schemes = {name for name in there if "/securitySchemes/" in name}
    assert references == there - schemes
    used = {name for _, _, operation in OPERATIONS for one in operation["security"] for name in one}
    assert {f"#/components/securitySchemes/{name}" for name in used} == schemes - {"#/components/securitySchemes/dpop"}


def test_every_form_is_a_schema() -> None:
    """Each form is one of JSON Schema 2020-12, which OpenAPI 3.1 has for its own."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}), name


@pytest.mark.parametrize("route", [route for route in ROUTES if route.operation.example], ids=named)
def test_an_example_is_right(route: Described) -> None:
    """What is shown as a body is one that would be read."""
    form = route.operation.form or route.operation.body
    assert isinstance(form, type)
    assert issubclass(form, BaseModel)
    form.model_validate_json(json.dumps(route.operation.example))


def test_two_forms_of_one_name_are_refused() -> None:
    """Of two forms one would stand for both, and the document would be wrong about the other."""
    made = type("Problem", (BaseModel,), {"__annotations__": {"other": str}})
    route = ROUTES[0]
    odd = Described("GET", "/odd", route.endpoint, type(route.operation)(**{**_parts(route), "answers": {200: made}}))
    with pytest.raises(ValueError, match="`Problem`"):
        document([*ROUTES, odd], ISSUER)


def _parts(route: Described) -> dict[str, Any]:
    return {name: getattr(route.operation, name) for name in ("tag", "caller", "answers")}


def test_the_version_is_that_of_the_release() -> None:
    """What is described is what was released."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_the_service_hands_the_document_out(stage: Stage) -> None:
    """Anybody gets it, for the issuer that the service has."""
    answer = stage.http.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    told = answer.json()
    assert told["servers"] == [{"url": stage.issuer}]
    assert (told["openapi"], told["paths"].keys()) == ("3.1.0", DOCUMENT["paths"].keys())


def test_an_issuer_with_a_path_is_described_where_it_is_found() -> None:
    """The metadata of an issuer that has a path lie beneath the well-known address (RFC 8414 §3.1)."""
    shown = document(ROUTES, "https://as.example/tenant")["paths"]
    assert "/.well-known/oauth-authorization-server/tenant" in shown
