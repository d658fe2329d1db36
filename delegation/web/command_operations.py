"""What a route that gives a command is: all of it follows from the command's own form."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from delegation.directory.commands import COMMANDS
from delegation.directory.ending import TAKING
from delegation.web.command_answers import ANSWERS
from delegation.web.describing import Caller, JSONSchema, Operation, Parameter, Tag

CREATED: Final = 201
_IN_PATH: Final = re.compile(r"\{(\w+)")
_REFERENCE: Final = "#/components/schemas/{model}"


def creates(method: str, command: str) -> bool:
    """Return whether a route makes something that has not been there: its answer is 201, and may be repeated."""
    return method == "POST" and command.startswith(("create", "register", "link"))


def operation_of(method: str, path: str, command: str, given: Mapping[str, Any]) -> Operation:
    """Return what a route is that gives a command; `given` are the fields that the route itself gives."""
    form = COMMANDS[command]
    schema = form.model_json_schema(ref_template=_REFERENCE)
    for name in {*given, *_IN_PATH.findall(path)}:
        del schema["properties"][name]
    required = [name for name in schema.pop("required", ()) if name in schema["properties"]]
    body = _body(form.__name__, schema, required) if schema["properties"] and method != "DELETE" else None
    return Operation(
        tag=Tag.MANAGEMENT,
        caller=Caller.ADMINISTRATOR,
        answers={CREATED if creates(method, command) else 200: ANSWERS[command]},
        query=tuple(_query(schema["properties"], required)) if method == "DELETE" else (),
        body=body,
        body_required=bool(required),
        repeatable=creates(method, command),
        taking=TAKING[command],
        words=form.__doc__,
    )


def _body(name: str, schema: Mapping[str, Any], required: list[str]) -> JSONSchema:
    asked = {"required": required} if required else {}
    return {**schema, "title": name, "properties": {**schema["properties"]}, **asked}


def _query(properties: Mapping[str, JSONSchema], required: list[str]) -> Iterator[Parameter]:
    for name, schema in properties.items():
        meaning = f"Whether to {name}." if schema.get("type") == "boolean" else f"The {name} concerned."
        yield Parameter(name, meaning, schema, required=name in required)
