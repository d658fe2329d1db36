"""From a written model to the engine's, and back."""

from collections.abc import Iterable

from authz_core.errors import InvalidModel, quoted
from authz_core.language.delegable import delegable_types
from authz_core.language.document import ConditionDefinition, Document
from authz_core.language.json_reading import parse_json
from authz_core.language.reading import parse_dsl
from authz_core.language.rewriting import definition_of, types_of
from authz_core.language.validation import validate_document
from authz_core.model.policy import Model


def load_model(text: str, *, delegable: Iterable[str] | None = None) -> Model:
    """Return the model that a text means, in JSON if it begins with `{`; raise `InvalidDocument`."""
    document = parse_json(text) if text.lstrip().startswith("{") else parse_dsl(text)
    return model_of(document, delegable=delegable)


def model_of(document: Document, *, delegable: Iterable[str] | None = None) -> Model:
    """Return the model that a document means; raise `InvalidDocument` naming all its faults.

    Bounds may stand on the `delegable` types. Unless they are named, they are those that look like resources, see
    `delegable_types`; naming one that does not exist raises `InvalidModel`.
    """
    validate_document(document)
    types = types_of(document)
    named = delegable_types(types) if delegable is None else frozenset(delegable)
    if not named <= types.keys():
        raise InvalidModel(*(f"delegable type {quoted(each)} does not exist" for each in sorted(named - types.keys())))
    conditions = {definition.condition.name: definition.condition for definition in document.conditions}
    return Model(types=types, delegable=named, conditions=conditions)


def document_of(model: Model) -> Document:
    """Return a document that means the model; raise `InvalidModel` where there is no such document.

    Roles have no written form, and nor have the types on which bounds may stand: those are left out.
    """
    types = tuple(definition_of(type_, relations) for type_, relations in model.types.items())
    conditions = tuple(
        ConditionDefinition(condition, None if condition.name == key else key)
        for key, condition in model.conditions.items()
    )
    return Document(types, conditions, "1.1")
