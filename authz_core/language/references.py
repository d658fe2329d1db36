"""Whether each name in a definition leads somewhere, and each part of it can mean something."""

from collections.abc import Iterator
from dataclasses import dataclass

from authz_core.errors import quoted
from authz_core.language.document import (
    ComputedUserset,
    Document,
    Entry,
    Expression,
    IntersectionOf,
    Position,
    RelationDefinition,
    This,
    TupleToUserset,
    UnionOf,
)
from authz_core.language.faults import Fault
from authz_core.language.outline import Relations, definitions, parts, place_of, relations_of
from authz_core.model.analysis import Place

FEWEST = 2  # operands that a union or an intersection joins


def reference_faults(document: Document) -> Iterator[Fault]:
    """Iterate over what leads nowhere, and over expressions that are none."""
    relations = relations_of(document)
    for type_, relation in definitions(document):
        checked = _Definition(relations, type_.name, relation)
        for part in parts(relation.expression):
            yield from checked.part_faults(part)
        for entry in relation.entries:
            yield from checked.entry_faults(entry)
        yield from checked.stray_faults()


@dataclass(frozen=True, slots=True)
class _Definition:
    """One relation among all others."""

    relations: Relations
    type: str
    relation: RelationDefinition

    @property
    def name(self) -> str:
        return quoted(f"{self.type}#{self.relation.name}")

    def part_faults(self, part: Expression) -> Iterator[Fault]:
        match part:
            case This():
                yield from self._list_faults()
            case ComputedUserset():
                yield from self._computed_faults(part)
            case TupleToUserset():
                yield from self._tupleset_faults(part)
            case UnionOf(operands) | IntersectionOf(operands) if len(operands) < FEWEST:
                message = f"an operator of {self.name} joins {len(operands)} operands"
                yield Fault("too-few-operands", message, self.relation.at, self.relation.name, "two or more")
            case _:
                pass

    def entry_faults(self, entry: Entry) -> Iterator[Fault]:
        named = entry.restriction
        if named.type not in self.relations:
            message = f"{self.name} is for {quoted(named.kind)}, whose type does not exist"
            yield Fault("invalid-type", message, entry.at, named.type, "a type of the model")
        elif named.relation is not None and named.relation not in self.relations[named.type]:
            message = f"{self.name} is for {quoted(named.kind)}, whose relation does not exist"
            yield Fault("invalid-relation-type", message, entry.at, named.kind, f"a relation of {quoted(named.type)}")
        if named.relation is not None and named.wildcard:
            message = f"{self.name} is for everyone and for {quoted(named.relation)} in one entry"
            yield Fault("type-wildcard-relation", message, entry.at, named.kind, "one of the two")

    def stray_faults(self) -> Iterator[Fault]:
        if self.relation.entries and not any(isinstance(part, This) for part in parts(self.relation.expression)):
            message = f"{self.name} lists types, but nothing is stored for it"
            yield Fault("restrictions-without-direct", message, self.relation.at, self.relation.name, "no list")

    def _list_faults(self) -> Iterator[Fault]:
        if not self.relation.entries:
            message = f"{self.name} is stored for no type"
            code = "assignable-relation-must-have-type"
            yield Fault(code, message, self.relation.at, self.relation.name, "a list of types")

    def _computed_faults(self, part: ComputedUserset) -> Iterator[Fault]:
        at = place_of(part, self.relation)
        if part.relation not in self.relations[self.type]:
            yield self._undefined("missing-definition", (self.type, part.relation), at)
        elif part is self.relation.expression and part.relation == self.relation.name:
            message = f"{self.name} is defined by itself alone"
            yield Fault("self-definition", message, at, part.relation, "another relation")

    def _tupleset_faults(self, part: TupleToUserset) -> Iterator[Fault]:
        at, tupleset_at = place_of(part, self.relation), part.tupleset_at or self.relation.at
        tupleset = self.relations[self.type].get(part.tupleset)
        if tupleset is None:
            yield self._undefined("invalid-relation-type", (self.type, part.tupleset), tupleset_at)
        elif not _is_plain(tupleset):
            message = f"{self.name} follows {quoted(part.tupleset)}, which is no list of plain types"
            code = "tupleuserset-not-direct"
            yield Fault(code, message, tupleset_at, part.tupleset, "a list of types without `:*`, `#` and operators")
        else:
            types = [type_ for type_ in _listed(tupleset) if type_ in self.relations]
            if not any(part.relation in self.relations[type_] for type_ in types):
                missing = ((type_, part.relation) for type_ in types)
                yield from (self._undefined("invalid-relation-on-tupleset", each, at) for each in missing)

    def _undefined(self, code: str, missing: Place, at: Position | None) -> Fault:
        type_, relation = missing
        message = f"{self.name} names {quoted(relation)}, which is no relation of {quoted(type_)}"
        return Fault(code, message, at, relation, f"a relation of {quoted(type_)}")


def _is_plain(tupleset: RelationDefinition) -> bool:
    plain = all(entry.restriction.form == entry.restriction.type for entry in tupleset.entries)
    return plain and isinstance(tupleset.expression, This)


def _listed(tupleset: RelationDefinition) -> dict[str, None]:
    return dict.fromkeys(entry.restriction.type for entry in tupleset.entries)
