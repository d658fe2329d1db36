"""From the document of a model to its JSON form."""

from authz_core.errors import quoted
from authz_core.language.document import Document, Entry, RelationDefinition, TypeDefinition
from authz_core.language.extensions import extension_faults
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.json_conditions import condition_form
from authz_core.language.json_origins import origin_form
from authz_core.language.json_rewrites import rewrite_of


def to_json(document: Document) -> dict[str, object]:
    """Return the JSON form of a model; raise `InvalidDocument` for a module, which has none by itself."""
    faults = list(extension_faults(document.types, modular=False))
    if document.module is not None:
        message = f"module {quoted(document.module)} has no JSON form by itself"
        faults.append(Fault("no-json-form", message, document.at, document.module, "the merged model"))
    if faults:
        raise InvalidDocument(*faults)
    version = document.schema_version
    form: dict[str, object] = {} if version is None else {"schema_version": version}
    form["type_definitions"] = [_type(each) for each in document.types]
    if document.conditions:
        form["conditions"] = {each.key or each.condition.name: condition_form(each) for each in document.conditions}
    return form


def _type(type_: TypeDefinition) -> dict[str, object]:
    form: dict[str, object] = {"type": type_.name}
    metadata: dict[str, object] = {}
    if type_.relations:
        form["relations"] = {each.name: rewrite_of(each.expression) for each in type_.relations}
        metadata["relations"] = {each.name: _about(each) for each in type_.relations}
    metadata |= origin_form(type_.module, type_.file)
    return {**form, "metadata": metadata} if metadata else form


def _about(relation: RelationDefinition) -> dict[str, object]:
    listed = {"directly_related_user_types": [_entry(each) for each in relation.entries]}
    return {**listed, **origin_form(relation.module, relation.file)}


def _entry(entry: Entry) -> dict[str, object]:
    restriction = entry.restriction
    form: dict[str, object] = {"type": restriction.type}
    if restriction.relation is not None:
        form["relation"] = restriction.relation
    if restriction.wildcard:
        form["wildcard"] = {}
    if restriction.condition is not None:
        form["condition"] = restriction.condition
    return form
