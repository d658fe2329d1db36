"""Models of relationships as a deployment keeps them, and which of their relations are what."""

from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import Final

from authz_core import Direct, FromParent, Model, Rewrite, load_model, parts_of
from delegation.state.entities import Row

ADMINISTER: Final = "can_administer"
"""The relation on `organization:ID` whose holders administer that organization; it enters no bound."""


def newest(rows: Iterable[Row]) -> Row:
    """Return the row of the model that counts; ids are given in order."""
    return max(rows, key=itemgetter("id"))


def model_of(row: Row) -> Model:
    """Return the model that a row describes. Raises EngineError for one that means nothing."""
    document = row["document"]
    return administered(load_model(document["text"], delegable=document["delegable"]))


def administered(model: Model) -> Model:
    """Return a model in which what makes administrators cannot be delegated."""
    return replace(model, administrative=frozenset({ADMINISTER} & relations_of(model, "organization")))


def relations_of(model: Model, type: str) -> frozenset[str]:
    """Return the relations of a type; none of a type that there is not."""
    return frozenset(model.types.get(type, ()))


def asked_of_objects(model: Model) -> frozenset[str]:
    """Return the relations that are permissions: what programs ask about, and agents are let do.

    They are those that nobody is given directly, as `can_view`. Where things of a type can be delegated and the type
    has no such relation, they are all of it but those that only say what lies where.
    """
    found: set[str] = set()
    for type_, relations in model.types.items():
        computed = {name for name, rewrite in relations.items() if not _is_given(rewrite)}
        found |= computed or (relations.keys() - _followed(relations.values()) if type_ in model.delegable else set())
    return frozenset(found)


def _is_given(rewrite: Rewrite) -> bool:
    return any(isinstance(part, Direct) for part in parts_of(rewrite))


def _followed(rewrites: Iterable[Rewrite]) -> frozenset[str]:
    parts = (part for rewrite in rewrites for part in parts_of(rewrite))
    return frozenset(part.tupleset for part in parts if isinstance(part, FromParent))
