"""Whether every relation can be held by somebody, and none is computed from itself."""

from collections.abc import Iterator

from authz_core.errors import quoted
from authz_core.language.document import Document
from authz_core.language.faults import Fault
from authz_core.language.outline import relations_of
from authz_core.language.rewriting import types_of
from authz_core.validation.circularity import circular, computed_from, returning
from authz_core.validation.reachability import unreachable

CODE = "relation-no-entry-point"


def entry_point_faults(document: Document) -> Iterator[Fault]:
    """Iterate over relations that no stored fact lets anyone hold, or that are defined in a circle.

    All names of the document must lead somewhere already.
    """
    types = types_of(document)
    closed = unreachable(types)
    looping = returning(closed)
    circles = set(circular(computed_from(types)))
    for type_, relations in relations_of(document).items():
        for name, relation in relations.items():
            place, shown, wanted = (type_, name), quoted(f"{type_}#{name}"), "a way in for somebody"
            if place in looping:
                message = f"{shown} can be held by nobody: what it is computed from leads back to itself"
                yield Fault(CODE, message, relation.at, name, wanted)
            elif place in closed:
                message = f"{shown} can be held by nobody, whatever is stored"
                yield Fault(CODE, message, relation.at, name, wanted)
            elif place in circles:
                message = f"{shown} is computed from itself in a circle"
                yield Fault("circular-relation", message, relation.at, name, "relations that do not lead back")
