"""Where types may be extended: in module files, once in each, and not where they are defined."""

from collections.abc import Iterable, Iterator

from authz_core.errors import quoted
from authz_core.language.document import TypeDefinition
from authz_core.language.faults import Fault


def extension_faults(types: Iterable[TypeDefinition], *, modular: bool) -> Iterator[Fault]:
    """Iterate over the types of one file that are extended as they must not be."""
    seen: set[tuple[str, bool]] = set()
    for each in types:
        name = quoted(each.name)
        if each.extends and not modular:
            message = f"type {name} is extended outside a module"
            yield Fault("extend-outside-module", message, each.at, each.name, "a definition")
        elif each.extends and (each.name, True) in seen:
            yield Fault("duplicated-error", f"type {name} is extended twice in one file", each.at, each.name)
        elif (each.name, not each.extends) in seen:
            message = f"type {name} is both defined and extended in one file"
            yield Fault("duplicated-error", message, each.at, each.name)
        seen.add((each.name, each.extends))
