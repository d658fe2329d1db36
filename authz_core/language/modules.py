"""Modular models: one document from several files, each of which is a module or a part of one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from authz_core.errors import quoted
from authz_core.language.document import (
    ConditionDefinition,
    Document,
    Position,
    RelationDefinition,
    TypeDefinition,
)
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.reading import parse_dsl

MODULAR: Final = "1.2"
"""The first schema version with modules."""

_ESCAPES = {"%2e": ".", "%2f": "/", "%5c": "\\"}
_ESCAPE = re.compile("|".join(_ESCAPES), re.IGNORECASE)
_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_/-]{0,99}\.fga")


def module_path(text: str) -> str:
    """Return the path of a module as a manifest names it, decoded; raise `InvalidDocument` for any other text.

    A path leads from the manifest downward: it does not begin with `/`, and no part of it is `..`.
    """
    path = _ESCAPE.sub(lambda escape: _ESCAPES[escape.group().lower()], text)
    if _PATH.fullmatch(path) is None:
        wanted = "letters, digits, `_`, `-` and `/`, relative, at most 100 before `.fga`"
        raise InvalidDocument(
            Fault("invalid-module-path", f"{quoted(text)} is no path of a module", None, text, wanted)
        )
    return path


def merge_modules(files: Mapping[str, str], schema_version: str = MODULAR) -> Document:
    """Return the one model that the files make up together, by path; raise `InvalidDocument` with all their faults.

    What the model says is not validated. The order of types is that of the files; extensions apply last.
    """
    if schema_version != MODULAR:
        message = f"modules have schema version {quoted(MODULAR)}, not {quoted(schema_version)}"
        raise InvalidDocument(Fault("invalid-schema", message, None, schema_version, quoted(MODULAR)))
    modules = _parsed(files)
    merging = _Merging()
    for module in modules:
        merging.define(module)
    # Extensions wait until all types are known, so that the order of the files does not matter.
    for module in modules:
        merging.extend(module)
    if merging.faults:
        raise InvalidDocument(*merging.faults)
    return Document(tuple(merging.types.values()), tuple(merging.conditions.values()), schema_version)


def _parsed(files: Mapping[str, str]) -> list[Document]:
    modules: list[Document] = []
    faults: list[Fault] = []
    for path, text in files.items():
        try:
            modules.append(_module(module_path(path), text))
        except InvalidDocument as error:
            faults.extend(error.faults)
    if faults:
        raise InvalidDocument(*faults)
    return modules


def _module(path: str, text: str) -> Document:
    document = parse_dsl(text, path)
    if document.module is None:
        at = document.at or Position(0, 0, path)
        raise InvalidDocument(Fault("not-a-module", "the file holds a whole model", at, "model", "`module`"))
    return document


class _Merging:
    """What the modules have defined so far, and what is wrong with it."""

    def __init__(self) -> None:
        self.types: dict[str, TypeDefinition] = {}
        self.conditions: dict[str, ConditionDefinition] = {}
        self.faults: list[Fault] = []

    def define(self, module: Document) -> None:
        """Take over the types and conditions that the module defines."""
        for type_ in module.types:
            if type_.extends:
                continue
            if type_.name in self.types:
                self._refuse_again(f"type {quoted(type_.name)}", type_.name, type_.at)
            self.types.setdefault(type_.name, type_)
        for definition in module.conditions:
            name = definition.condition.name
            if name in self.conditions:
                self._refuse_again(f"condition {quoted(name)}", name, definition.at)
            self.conditions.setdefault(name, definition)

    def extend(self, module: Document) -> None:
        """Add the relations that the module adds to types, each of which remembers its module."""
        for extension in module.types:
            if not extension.extends:
                continue
            type_ = self.types.get(extension.name)
            if type_ is None:
                message = f"there is no type {quoted(extension.name)} to extend"
                fault = Fault("extended-type-not-defined", message, extension.at, extension.name, "a type of a module")
                self.faults.append(fault)
            else:
                self.types[type_.name] = self._extended(type_, extension.relations)

    def _extended(self, type_: TypeDefinition, added: tuple[RelationDefinition, ...]) -> TypeDefinition:
        present = {relation.name for relation in type_.relations}
        for relation in added:
            if relation.name in present:
                name = quoted(f"{type_.name}#{relation.name}")
                self._refuse_again(f"relation {name}", relation.name, relation.at)
        return replace(type_, relations=(*type_.relations, *added))

    def _refuse_again(self, what: str, name: str, at: Position | None) -> None:
        self.faults.append(Fault("duplicated-error", f"{what} is defined already", at, name, "one definition"))
