"""Small models to be judged, and what is said of them."""

from collections.abc import Mapping

from authz_core import Document, Fault, InvalidDocument, parse_dsl, parse_json, validate_document

Json = Mapping[str, object]
Written = str | Json | Document

STORED: Json = {"this": {}}
USER: Json = {"type": "user"}

HEAD = "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user]\n"


def doc(*definitions: str, below: str = "") -> str:
    """A model in which documents have these relations; counted from zero, the first is defined in line 8."""
    lines = "".join(f"    define {definition}\n" for definition in definitions)
    return f"{HEAD}type doc\n  relations\n{lines}{below}"


def in_json(relations: Json, entries: Json | None = None, **rest: object) -> Json:
    """A model in its JSON form, in which documents have these relations and these lists of types."""
    lists = {name: {"directly_related_user_types": listed} for name, listed in (entries or {}).items()}
    type_ = {"type": "doc", "relations": relations, "metadata": {"relations": lists}}
    return {"schema_version": "1.1", "type_definitions": [{"type": "user"}, type_], **rest}


def faults(model: Written) -> tuple[Fault, ...]:
    """What is wrong with a model that can be read."""
    try:
        validate_document(read(model))
    except InvalidDocument as error:
        return error.faults
    return ()


def read(model: Written) -> Document:
    """The document that a text or a JSON form describes."""
    match model:
        case str():
            return parse_dsl(model)
        case Document():
            return model
        case _:
            return parse_json(model)


def codes(model: Written) -> list[str]:
    """The rules that a model breaks, in the order in which they are reported."""
    return [fault.code for fault in faults(model)]
