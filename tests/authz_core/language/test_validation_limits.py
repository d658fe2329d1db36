"""How large a model may be: just so large, and no larger."""

from authz_core import Document, parse_dsl
from authz_core.language.document import ComputedUserset, Expression, RelationDefinition, TypeDefinition, UnionOf
from tests.authz_core.language.written import STORED, USER, Json, codes, doc, faults, in_json

ROOM = 256 * 1024


def with_types(count: int) -> str:
    """A model of so many types."""
    return "model\n  schema 1.1\n" + "".join(f"type t{number}\n" for number in range(count))


def with_conditions(count: int) -> str:
    """A model of so many conditions, all of them used."""
    names = [f"c{number}" for number in range(count)]
    entries = ", ".join(f"user with {name}" for name in names)
    return doc(f"r: [{entries}]", below="".join(f"condition {name}(x: int) {{ x > 0 }}\n" for name in names))


def nested(depth: int) -> str:
    """A model with so many operators within each other."""
    expression = "s or t"
    for level in range(1, depth):
        expression = f"({expression}) {('or', 'and')[level % 2]} t"
    return doc(f"r: {expression}", "s: [user]", "t: [user]")


def with_names(count: int, length: int) -> str:
    """A model with so many relations of names so long, each of them stored for one type."""
    return doc(*(f"{str(number).zfill(length)}: [user]".replace("0", "r", 1) for number in range(count)))


def test_a_hundred_types() -> None:
    """A model has a hundred types at most."""
    (fault,) = faults(with_types(101))

    assert codes(with_types(100)) == []
    assert (fault.code, fault.found, fault.expected) == ("too-many-types", "101", "at most 100")


def test_twenty_five_conditions() -> None:
    """A model has twenty-five conditions at most."""
    assert codes(with_conditions(25)) == []
    assert codes(with_conditions(26)) == ["too-many-conditions"]


def test_operators_nest_no_deeper_than_can_be_evaluated() -> None:
    """Where operators nest too deeply the relation is named, and nothing follows them down."""
    (fault,) = faults(nested(65))

    assert codes(nested(64)) == []
    assert (fault.code, fault.found, fault.expected) == ("nested-too-deeply", "r", "at most 64 levels")


def test_a_quarter_of_a_mebibyte() -> None:
    """All names and expressions together take so much at most."""
    (fault,) = faults(with_names(2_700, 49))

    assert codes(with_names(2_000, 49)) == []
    assert (fault.code, fault.expected) == ("model-too-large", f"at most {ROOM} bytes")


def test_the_last_byte_counts() -> None:
    """A model of exactly the size that is allowed is looked into, and one of a byte more is not."""
    sizes = {ROOM - 2: ["invalid-name"], ROOM - 1: ["model-too-large"]}

    for length, found in sizes.items():
        types = [{"type": "x" * length}]
        assert codes({"schema_version": "1.1", "type_definitions": types}) == found


def test_every_text_of_a_model_counts_for_its_size() -> None:
    """Types, conditions, followed relations and lists make a model large, each by themselves."""
    long = "x" * ROOM
    user = {"r": [USER]}
    follow = {"tupleToUserset": {"tupleset": {"relation": long}, "computedUserset": {"relation": "r"}}}
    condition = {"name": "c", "expression": long, "parameters": {}}
    large: tuple[Json, ...] = (
        {"schema_version": "1.1", "type_definitions": [{"type": long}]},
        in_json({"r": {"computedUserset": {"relation": long}}}),
        in_json({"r": follow}),
        in_json({"r": STORED}, {"r": [{"type": long}]}),
        in_json({"r": STORED}, {"r": [{"type": "user", "relation": long}]}),
        in_json({"r": STORED}, {"r": [{"type": "user", "condition": long}]}),
        in_json({"r": STORED}, user, conditions={"c": condition}),
        in_json(
            {"r": STORED},
            user,
            conditions={"c": {"name": "c", "expression": "", "parameters": {long: {"type_name": "TYPE_NAME_INT"}}}},
        ),
    )

    assert [codes(model) for model in large] == [["model-too-large"]] * len(large)


def test_what_is_too_large_is_not_looked_into() -> None:
    """Of a model that is too large nothing else is said."""
    assert codes(with_types(101) + "type self\ntype t1\n") == ["too-many-types"]
    assert parse_dsl(with_types(101)).types


def test_shared_parts_do_not_hide_how_large_a_model_is() -> None:
    """An expression put together from the same parts over and over is as large as it would be written."""
    shared: Expression = ComputedUserset("s")
    for _ in range(60):
        shared = UnionOf((shared, shared))
    relation = RelationDefinition("r", shared)

    assert codes(Document((TypeDefinition("doc", (relation,)),), schema_version="1.1")) == ["model-too-large"]
