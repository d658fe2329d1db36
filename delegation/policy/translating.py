"""A model from one of OpenFGA's forms to the other."""

import json

from authz_core import Document, EngineError, print_dsl, to_json
from delegation.policy.questions import PolicyFile


class NotTranslated(Exception):
    """A model has no such form."""


def as_text(policy: PolicyFile) -> str:
    """Return the policy's model in OpenFGA's language; raise `NotTranslated` for one that it cannot express."""
    try:
        return print_dsl(_written(policy))
    except EngineError as error:
        raise NotTranslated(f"{policy.path}: {error}") from None


def as_json(policy: PolicyFile) -> str:
    """Return the policy's model in OpenFGA's JSON form."""
    return f"{json.dumps(to_json(_written(policy)), indent=2, ensure_ascii=False)}\n"


def _written(policy: PolicyFile) -> Document:
    written = policy.model.written
    if not isinstance(written, Document):
        raise NotTranslated(f"{policy.path}: a role catalog has no form in OpenFGA's language")
    return written
