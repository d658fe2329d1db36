"""What may stand for a parent: an object named by a stored relationship, never everyone and nothing computed."""

from collections.abc import Iterator

from authz_core import (
    Computed,
    Direct,
    FromParent,
    InvalidModel,
    InvalidRelationship,
    Model,
    Object,
    Relationship,
    Relationships,
    Restriction,
    Rewrite,
    Union,
    load_model,
    validate_model,
    validate_relationship,
)
from authz_core.evaluation.facts import View
from authz_core.language.references import _Definition
from authz_core.model import policy
from authz_core.model.analysis import Types
from authz_core.model.compilation import compile_plans
from authz_core.model.plans import Plans
from authz_core.relationships.bags import members
from authz_core.validation import definitions
from authz_core.validation import facts as fitting
from tests.assurance.asking import NO, answer, facing, is_refused, line, objects, stored
from tests.assurance.bugs import Bug, broken

FOLDER = Direct((Restriction("folder"),))
USER = Direct((Restriction("user"),))

WRONG: dict[str, Rewrite] = {
    "[folder, folder:*]": Direct((Restriction("folder"), Restriction("folder", wildcard=True))),
    "[folder, folder#viewer]": Direct((Restriction("folder"), Restriction("folder", relation="viewer"))),
    "home": Computed("home"),
    "[folder] or home": Union((FOLDER, Computed("home"))),
}

WRITTEN = """
model
  schema 1.1
type user
type folder
  relations
    define viewer: [user]
type doc
  relations
    define home: [folder]
    define parent: {}
    define viewer: [user] or viewer from parent
    define banned: [user]
    define reader: viewer but not banned
"""


def within(parent: Rewrite) -> Model:
    """Documents that inherit from whatever is their parent."""
    viewer = Union((USER, FromParent("viewer", "parent")))
    return Model(
        types={
            "user": {},
            "folder": {"viewer": USER},
            "doc": {"home": FOLDER, "parent": parent, "viewer": viewer},
        }
    )


def a_parent_is_a_plain_list() -> None:
    """A model is refused that follows a relation which may name everyone or a group, or which is computed."""
    for text, wrong in WRONG.items():
        assert is_refused(InvalidModel, validate_model, within(wrong)), text
        assert is_refused(InvalidModel, load_model, WRITTEN.format(text)), text
    validate_model(within(FOLDER))
    load_model(WRITTEN.format("[folder]"))


def everyone_is_no_parent() -> None:
    """A relationship that names all folders as parents is refused and, if it is stored all the same, leads nowhere."""
    model = load_model(WRITTEN.format("[folder]"))
    everything = "folder:* parent doc:a"
    facts = stored(everything, "user:anne viewer folder:f")

    assert is_refused(InvalidRelationship, validate_relationship, model, line(everything))
    assert is_refused(InvalidRelationship, facing, model, facts, [everything])
    for relation in ("viewer", "reader"):
        assert answer(model, facts, f"user:anne {relation} doc:a") == NO
        assert objects(model, facts, f"user:anne {relation} doc") == ()


def a_computed_parent_leads_nowhere() -> None:
    """Where a model was never validated, a parent that is computed, or stored beside being so, is no parent."""
    for parent in (Computed("home"), Union((FOLDER, Computed("home")))):
        facts = stored("folder:f home doc:a", "folder:f parent doc:a", "user:anne viewer folder:f")

        assert answer(within(parent), facts, "user:anne viewer doc:a") == NO


_kinds = fitting._kinds
_parents = View.parents


def _permit_everyone(model: Model, type_: str, relation: str) -> frozenset[str]:
    kinds = _kinds(model, type_, relation)
    return kinds | {f"{kind}:*" for kind in kinds}


def _all_of_them(self: View, tupleset: str, thing: Object) -> Iterator[Relationship]:
    yield from _parents(self, tupleset, thing)
    for layer in self.layers:
        if members(layer.grants.get(tupleset, {}).get(thing)):
            yield from _all_parents(layer, tupleset, thing)


def _all_parents(layer: Relationships, tupleset: str, thing: Object) -> Iterator[Relationship]:
    for each in layer:
        yield Relationship(each.object, tupleset, thing)


def _lists(types: Types, type_: str) -> Direct:
    waiting, found = [types[type_]["parent"]], dict[Restriction, None]()
    for part in waiting:
        match part:
            case Direct(restrictions):
                found.update(dict.fromkeys(restrictions))
            case Computed(other):
                waiting.append(types[type_][other])
            case Union(operands):
                waiting.extend(operands)
            case _:
                pass
    return Direct(tuple(found))


def _compile_lists(types: Types, holders: tuple[Restriction, ...]) -> Plans:
    return compile_plans({**types, "doc": {**types["doc"], "parent": _lists(types, "doc")}}, holders)


BUGS = (
    Bug(
        "E9",
        a_parent_is_a_plain_list,
        (
            broken("a model may follow whatever has a name", definitions, "_tupleset_problems", lambda *_: ()),
            broken("a written model may follow whatever has a name", _Definition, "_tupleset_faults", lambda *_: ()),
        ),
    ),
    Bug(
        "E9",
        everyone_is_no_parent,
        (
            broken("everyone of a type may be written where one may", fitting, "_kinds", _permit_everyone),
            broken("everyone for a parent is everything for a parent", View, "parents", _all_of_them),
        ),
    ),
    Bug(
        "E9",
        a_computed_parent_leads_nowhere,
        (broken("parents are those in any list of the definition", policy, "compile_plans", _compile_lists),),
    ),
)
