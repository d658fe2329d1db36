"""Models as policies hold them: OpenFGA's text and JSON forms, modules, and role catalogs."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from authz_core import (
    Catalog,
    Document,
    EngineError,
    InvalidDocument,
    InvalidModel,
    Model,
    Position,
    build_model,
    catalog_from,
    environment_roles_from,
    model_of,
    parse_dsl,
    parse_json,
    validate_document,
    validate_model,
)
from authz_core import Fault as ModelFault
from delegation.policy.faults import Fault, InvalidPolicy, Place
from delegation.policy.sources import Source

UNUSED = "condition-not-used"
"""What the written language forbids and a store accepts."""


class Spot(NamedTuple):
    """A place in a file, the line that stands there if it is known, and what says where in the model that is."""

    place: Place
    line: str = ""
    within: str = ""


Locate = Callable[[Position | None], Spot]
"""From a position in a model, or none for all of it, to where that is in files."""


@dataclass(frozen=True, slots=True)
class PolicyModel:
    """A model that means something, what it was read from, and what its author may want to know of it."""

    model: Model
    kind: str
    written: Document | Catalog
    warnings: tuple[Fault, ...] = ()


def read_dsl(text: str, locate: Locate) -> PolicyModel:
    """Return the model that a text in OpenFGA's language means."""
    return read_document("OpenFGA model", lambda: parse_dsl(text), locate)


def read_json_model(source: Source) -> PolicyModel:
    """Return the model that a JSON form means."""
    return read_document("OpenFGA model in JSON", lambda: parse_json(source.text), in_file(source))


def read_catalog(source: Source) -> PolicyModel:
    """Return the model that a catalog of resource types, permissions and roles means."""
    try:
        document = tomllib.loads(source.text)
        catalog = catalog_from(document)
        model = build_model(catalog)
        if "memberships" in document:
            environment_roles_from(document)
        validate_model(model)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(_toml_fault(source, error)) from None
    except InvalidModel as error:
        raise InvalidPolicy(*(Fault(Place(source.name), problem) for problem in error.problems)) from None
    except RecursionError:
        raise source.fault("tables lie too deep in each other") from None
    return PolicyModel(model, "role catalog", catalog)


def in_file(source: Source) -> Locate:
    """Return how positions are found in a model that is a file of its own."""

    def locate(position: Position | None) -> Spot:
        if position is None:
            return Spot(Place(source.name))
        return Spot(Place(source.name, position.line + 1, position.column + 1), source.line(position.line + 1))

    return locate


def read_document(kind: str, parse: Callable[[], Document], locate: Locate) -> PolicyModel:
    """Return the model that a written one means, by the rules of a store: an unused condition is only worth a word."""
    try:
        document = parse()
        unused = _unused(document)
        model = model_of(_without_unused(document) if unused else document)
    except InvalidDocument as error:
        raise InvalidPolicy(*(_located(each, locate) for each in error.faults)) from None
    except EngineError as error:
        raise InvalidPolicy(Fault(locate(None).place, str(error))) from None
    return PolicyModel(model, kind, document, tuple(_located(each, locate) for each in unused))


def _unused(document: Document) -> list[ModelFault]:
    """Return the faults that leave the model usable; raise `InvalidDocument` if there are others."""
    try:
        validate_document(document)
    except InvalidDocument as error:
        if any(fault.code != UNUSED for fault in error.faults):
            raise
        return list(error.faults)
    return []


def _without_unused(document: Document) -> Document:
    used = {
        entry.restriction.condition for type_ in document.types for each in type_.relations for entry in each.entries
    }
    return replace(document, conditions=tuple(each for each in document.conditions if each.condition.name in used))


def _located(fault: ModelFault, locate: Locate) -> Fault:
    place, line, within = locate(fault.position)
    wanted = "" if fault.expected is None else f", expected {fault.expected}"
    return Fault(place, f"{within}{fault.message}{wanted}", line, fault.found or "", fault.code)


def _toml_fault(source: Source, error: tomllib.TOMLDecodeError) -> Fault:
    """Return the fault at the place that the message ends with, as Python 3.11 has no other way to tell it."""
    message, _, where = str(error).partition(" (at ")
    numbers = [int(number) for number in re.findall(r"\d+", where)]
    return Fault(Place(source.name, *numbers[:2]), f"this is no TOML: {message}")
