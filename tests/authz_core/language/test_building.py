"""From a written model to the engine's and back."""

import json

import pytest

from authz_core import (
    Computed,
    Condition,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    InvalidDocument,
    InvalidModel,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Restriction,
    Rewrite,
    Union,
    document_of,
    load_model,
    model_of,
    parse_dsl,
    to_json,
    validate_document,
    validate_model,
)
from tests.authz_core.documents import SHARING
from tests.authz_core.language.written import doc
from tests.authz_core.refusals import refusal

USER = Restriction("user")

TEXT = """model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define parent: [folder]
    define viewer: [user, user:*, group#member, user with office] or viewer from parent
type doc
  relations
    define parent: [folder]
    define blocked: [user]
    define approver: [user]
    define viewer: ([user] or viewer from parent) but not blocked
    define publisher: viewer and approver
condition office(ip: ipaddress, net: string) {
  ip.in_cidr(net)
}
"""


def test_each_expression_becomes_its_rewrite() -> None:
    """A document means the same in the engine's terms, part by part."""
    types = load_model(TEXT).types

    assert list(types) == ["user", "group", "folder", "doc"]
    assert types["user"] == {}
    assert types["group"] == {"member": Direct((USER, Restriction("group", relation="member")))}
    assert types["folder"]["viewer"] == Union(
        (
            Direct(
                (
                    USER,
                    Restriction("user", wildcard=True),
                    Restriction("group", relation="member"),
                    Restriction("user", condition="office"),
                )
            ),
            FromParent("viewer", "parent"),
        )
    )
    assert types["doc"]["viewer"] == Exclusion(
        Union((Direct((USER,)), FromParent("viewer", "parent"))), Computed("blocked")
    )
    assert types["doc"]["publisher"] == Intersection((Computed("viewer"), Computed("approver")))


def test_conditions_come_along() -> None:
    """A model has the conditions of its document, by name."""
    parameters = (
        Parameter("ip", ParameterType(ParameterKind.IPADDRESS)),
        Parameter("net", ParameterType(ParameterKind.STRING)),
    )

    assert load_model(TEXT).conditions == {"office": Condition("office", parameters, "ip.in_cidr(net)")}


@pytest.mark.parametrize("indent", ["", "\n\t  "])
def test_a_model_is_loaded_from_either_form(indent: str) -> None:
    """A text that begins with a brace is JSON, whatever blanks stand before it, and any other is the language."""
    loaded = load_model(indent + json.dumps(to_json(parse_dsl(TEXT))))

    assert loaded.types == load_model(TEXT).types
    assert loaded.conditions == load_model(TEXT).conditions


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "type user", "model\n  schema 1.1\ntype doc\n  relations\n    define r: s"]
)
def test_what_means_nothing_is_not_loaded(text: str) -> None:
    """A text that cannot be read, or does not mean anything, becomes no model."""
    with pytest.raises(InvalidDocument):
        load_model(text)


def test_a_sound_document_makes_a_sound_model() -> None:
    """What is accepted as a document is accepted as a model."""
    assert refusal(validate_model, load_model(TEXT)) is None


def test_resources_are_delegable_unless_said_otherwise() -> None:
    """A bound may stand on what people hold something on, and not on people and groups."""
    assert load_model(TEXT).delegable == {"folder", "doc"}
    assert load_model(TEXT, delegable=["folder"]).delegable == {"folder"}
    assert load_model(TEXT, delegable=[]).delegable == frozenset()


def test_a_delegable_type_exists() -> None:
    """A bound cannot stand on a type that the model does not have."""
    with pytest.raises(InvalidModel, match="delegable type `ghost` does not exist"):
        load_model(TEXT, delegable=["doc", "ghost"])


@pytest.mark.parametrize(
    ("definitions", "delegable"),
    [
        (("r: [user]",), True),
        (("r: [user, doc]",), False),
        (("r: [user, doc:*]",), False),
        (("r: [user, doc#r]",), False),
        (("home: [doc]", "r: [user] or r from home"), True),
        (("home: [doc]", "r: [user]"), False),
        (("home: [doc]", "r: [user] or r from home or home"), False),
        (("home: [doc]", "r: [user] or r from home or home from home"), False),
        (("home: [doc]", "r: [user, doc#home] or r from home"), False),
        (("home: [doc]", "other: [doc]", "r: [user] or r from home"), False),
    ],
)
def test_only_to_be_followed_makes_nobody_of_a_resource(definitions: tuple[str, ...], *, delegable: bool) -> None:
    """A type for which some relation is acts itself, unless that relation is followed and nothing else."""
    assert ("doc" in load_model(doc(*definitions)).delegable) is delegable


def test_roles_and_groups_are_not_delegable_and_their_organization_is() -> None:
    """Where roles are objects whose assignees are named elsewhere, a bound stands on the resources alone."""
    text = """model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type role
  relations
    define assignee: [user, role#assignee, group#member]
type organization
  relations
    define admin: [user, role#assignee]
    define document_manager: [role#assignee] or admin
type document
  relations
    define organization: [organization]
    define editor: document_manager from organization
    define viewer: [user] or editor
"""
    assert load_model(text).delegable == {"organization", "document"}


def test_a_model_has_a_document() -> None:
    """A model without roles is a document again, and that document means it."""
    for model in (SHARING, load_model(TEXT)):
        document = document_of(model)

        validate_document(document)
        assert model_of(document).types == model.types
        assert model_of(document).conditions == model.conditions


def test_what_roles_confer_has_no_document() -> None:
    """The language knows no roles, so a model that confers by them is not written."""
    model = Model(types={"user": {}, "doc": {"edit": Union((Conferred("edit"), Direct((USER,))))}}, holders=(USER,))

    with pytest.raises(InvalidModel, match="`doc#edit` is conferred by roles"):
        document_of(model)


def test_two_lists_in_one_relation_have_no_document() -> None:
    """A written relation has one list of types; the same list twice is one."""
    two = Intersection((Direct((USER,)), Direct((Restriction("agent"),))))
    same = Union((Direct((USER,)), Intersection((Direct((USER,)), Computed("s")))))
    types: dict[str, dict[str, Rewrite]] = {"user": {}, "agent": {}}

    with pytest.raises(InvalidModel, match="`doc#r` has several lists"):
        document_of(Model(types={**types, "doc": {"r": two}}))
    document = document_of(Model(types={**types, "doc": {"r": same, "s": Direct((USER,))}}))
    assert model_of(document).types["doc"]["r"] == same


def test_an_operator_of_one_operand_is_written_as_the_operand() -> None:
    """What joins one thing is that thing."""
    model = Model(types={"user": {}, "doc": {"r": Union((Intersection((Direct((USER,)),)),))}})

    assert model_of(document_of(model)).types["doc"]["r"] == Direct((USER,))


def test_a_condition_listed_by_another_name_is_not_hidden() -> None:
    """A model whose condition has two names becomes a document that is refused for it."""
    condition = Condition("a", (), "true")
    model = Model(
        types={"user": {}, "doc": {"r": Direct((Restriction("user", condition="b"),))}}, conditions={"b": condition}
    )

    with pytest.raises(InvalidDocument) as caught:
        validate_document(document_of(model))
    assert [fault.code for fault in caught.value.faults] == ["different-nested-condition-name"]
