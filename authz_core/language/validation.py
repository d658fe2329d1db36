"""What a written model must be like to mean anything."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from authz_core.errors import quoted
from authz_core.language.conditions import condition_faults
from authz_core.language.document import Document, Position
from authz_core.language.duplicates import duplicate_faults
from authz_core.language.entry_points import entry_point_faults
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.limits import limit_faults
from authz_core.language.names import name_faults
from authz_core.language.outline import origins
from authz_core.language.references import reference_faults

_PHASES: tuple[Callable[[Document], Iterator[Fault]], ...] = (
    name_faults,
    reference_faults,
    duplicate_faults,
    entry_point_faults,
)
"""Each relies on what those before it have found to be right."""


def validate_document(document: Document) -> None:
    """Accept a document that means something; raise `InvalidDocument` with a fault for each rule that it breaks.

    Names are checked first, then where they lead, then what is written twice, and last whether every relation can
    be held; what is wrong at one stage keeps the later ones from being asked. Conditions and modules are checked in
    any case, unless the whole is too large for any check. Raises `MissingLibrary` for conditions that cannot be
    evaluated here.
    """
    faults = list(limit_faults(document))
    if not faults:
        faults = [*_first_faults(document), *condition_faults(document), *_module_faults(document)]
    if faults:
        raise InvalidDocument(*faults)


def _first_faults(document: Document) -> list[Fault]:
    for phase in _PHASES:
        faults = list(phase(document))
        if faults:
            return faults
    return []


def _module_faults(document: Document) -> Iterator[Fault]:
    modules: dict[str, dict[str, Position | None]] = defaultdict(dict)
    for module, file, at in origins(document):
        modules[file].setdefault(module, at)
    for file, found in modules.items():
        _, *others = found
        for module in others:
            message = f"file {quoted(file)} holds module {quoted(module)} beside another"
            yield Fault("multiple-modules-in-file", message, found[module], module, "one module in each file")
