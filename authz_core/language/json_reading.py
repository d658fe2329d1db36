"""From the JSON form of a model to its document."""

from collections.abc import Callable, Mapping
from functools import partial

from authz_core.language.document import (
    ConditionDefinition,
    Document,
    Entry,
    Expression,
    RelationDefinition,
    TypeDefinition,
)
from authz_core.language.faults import Fault, InvalidDocument, for_each
from authz_core.language.json_conditions import read_json_condition
from authz_core.language.json_origins import ORIGIN, origin_of, text_or_none
from authz_core.language.json_rewrites import Rewrites
from authz_core.language.json_values import Value, loaded
from authz_core.model.rewrites import Restriction


def parse_json(value: Mapping[str, object] | str) -> Document:
    """Return the document that a model's JSON form describes; raise `InvalidDocument` with all that is malformed.

    Unknown members are refused, but for the `id` that a stored model carries.
    """
    root = loaded(value) if isinstance(value, str) else Value(value)
    fields = root.fields(("type_definitions",), ("schema_version", "conditions", "id"))
    rewrites = Rewrites()
    parts: list[Callable[[], TypeDefinition | ConditionDefinition]] = [
        partial(_type, rewrites, type_) for type_ in fields["type_definitions"].items()
    ]
    conditions = fields["conditions"].members() if "conditions" in fields else {}
    parts += [partial(read_json_condition, key, condition) for key, condition in conditions.items()]
    read = for_each(lambda part: part(), parts)
    return Document(
        tuple(part for part in read if isinstance(part, TypeDefinition)),
        tuple(part for part in read if isinstance(part, ConditionDefinition)),
        text_or_none(fields, "schema_version"),
    )


def _type(rewrites: Rewrites, value: Value) -> TypeDefinition:
    fields = value.fields(("type",), ("relations", "metadata"))
    metadata = fields["metadata"].fields((), ("relations", *ORIGIN)) if "metadata" in fields else {}
    defined = fields["relations"].members() if "relations" in fields else {}
    about = metadata["relations"].members() if "relations" in metadata else {}
    stray = next((name for name in about if name not in defined), None)
    if stray is not None:
        message = f"`{about[stray].path}` speaks of a relation that is not defined"
        raise InvalidDocument(Fault("invalid-json", message, None, stray))
    relations = for_each(lambda name: _relation(name, rewrites.read(defined[name]), about.get(name)), defined)
    module, file = origin_of(metadata)
    return TypeDefinition(fields["type"].text(), relations, module, file)


def _relation(name: str, expression: Expression, about: Value | None) -> RelationDefinition:
    metadata = {} if about is None else about.fields((), ("directly_related_user_types", *ORIGIN))
    listed = "directly_related_user_types"
    entries = for_each(_entry, metadata[listed].items()) if listed in metadata else ()
    module, file = origin_of(metadata)
    return RelationDefinition(name, expression, entries, module, file)


def _entry(value: Value) -> Entry:
    fields = value.fields(("type",), ("relation", "wildcard", "condition"))
    if "wildcard" in fields:
        fields["wildcard"].fields()
    relation, condition = text_or_none(fields, "relation"), text_or_none(fields, "condition")
    return Entry(Restriction(fields["type"].text(), relation, "wildcard" in fields, condition))
