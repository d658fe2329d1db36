"""How a model and what is in it may be called."""

import re
from collections.abc import Iterator

from authz_core.errors import quoted
from authz_core.language.document import Document, Position, TypeDefinition
from authz_core.language.faults import Fault
from authz_core.language.outline import origins

VERSIONS = ("1.1", "1.2")

LONGEST_TYPE = 254
LONGEST_NAME = 50  # of relations, conditions, parameters and modules

# The text form is narrower still, as its parser sees to; these are the names that any form may hold.
_NAME = re.compile(r"[^\s:#@*]+")
_RESERVED = frozenset({"self", "this"})


def name_faults(document: Document) -> Iterator[Fault]:
    """Iterate over what is called as it must not be, the version of the language included."""
    yield from _version_faults(document)
    for type_ in document.types:
        yield from _type_faults(type_)
    modules = {module: at for module, _, at in origins(document)}
    for module, at in modules.items():
        yield from malformed("module", module, at)


def _version_faults(document: Document) -> Iterator[Fault]:
    version = document.schema_version
    wanted = " or ".join(map(quoted, VERSIONS))
    if version is None:
        yield Fault("schema-version-required", "the model has no schema version", document.at, None, wanted)
    elif version not in VERSIONS:
        message = f"{quoted(version)} is no schema version"
        yield Fault("invalid-schema", message, document.at, version, wanted)


def _type_faults(type_: TypeDefinition) -> Iterator[Fault]:
    if type_.extends:
        message = f"an extension of {quoted(type_.name)} is not merged with its definition"
        yield Fault("extension-not-merged", message, type_.at, type_.name, "all modules of the model together")
    yield from malformed("type", type_.name, type_.at)
    yield from _reserved("type", type_.name, type_.at)
    for relation in type_.relations:
        yield from malformed("relation", relation.name, relation.at)
        yield from _reserved("relation", relation.name, relation.at)


def malformed(what: str, name: str, at: Position | None) -> Iterator[Fault]:
    """Iterate over the one fault of a name that has a character or a length that names do not have."""
    longest = LONGEST_TYPE if what == "type" else LONGEST_NAME
    # Names that look alike but differ in what cannot be seen would be two names to the engine and one to people.
    if len(name) > longest or _NAME.fullmatch(name) is None or not name.isprintable():
        wanted = f"1-{longest} visible characters without blanks and `:#@*`"
        yield Fault("invalid-name", f"{quoted(name)} is no name for a {what}", at, name, wanted)


def _reserved(what: str, name: str, at: Position | None) -> Iterator[Fault]:
    if name in _RESERVED:
        message = f"a {what} is never called {quoted(name)}"
        yield Fault(f"reserved-{what}-keywords", message, at, name, "another name")
