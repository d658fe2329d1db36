"""Assertions as files write them: many in one table, taken apart into single questions."""

from collections.abc import Callable, Iterator
from itertools import product

from delegation.policy.facts import context_from
from delegation.policy.faults import quoted
from delegation.policy.questions import Assertion, Check, ListObjects, ListUsers
from delegation.policy.values.nodes import Node, Table

MOST = 100_000
"""How many questions one file may ask; the lists of a check multiply, and what is repeated by `*name` counts."""

_CHECK = frozenset({"user", "users", "object", "objects", "context", "assertions"})
_LIST_OBJECTS = frozenset({"user", "type", "context", "assertions"})
_LIST_USERS = frozenset({"object", "user_filter", "context", "assertions"})
_FILTER = frozenset({"type", "relation"})
_USERS = frozenset({"users"})


class Allowance:
    """How many questions a file may still ask."""

    def __init__(self) -> None:
        self._left = MOST

    def spend(self, questions: int, node: Node) -> None:
        """Count what a table asks, before it is taken apart."""
        self._left -= questions
        if self._left < 0:
            raise node.fault(f"this and what stands above ask more than {MOST} questions")


def checks_from(allowance: Allowance, node: Node) -> tuple[Assertion, ...]:
    """Return what a table of `check` asks: each user, on each object, about each relation."""
    table = node.table("`check`", _CHECK)
    users, objects = _one_or_many(table, "user", "users"), _one_or_many(table, "object", "objects")
    asserted = _asserted(table)
    allowance.spend(len(users) * len(objects) * len(asserted), node)
    context = context_from(table.get("context"))
    expected = {relation: value.truth(quoted(relation)) for relation, value in asserted.items()}
    return tuple(
        Assertion(Check(user, relation, thing, expected[relation]), context, value.named_at or value.place)
        for user, thing, (relation, value) in product(users, objects, asserted.items())
    )


def list_objects_from(allowance: Allowance, node: Node) -> tuple[Assertion, ...]:
    """Return what a table of `list_objects` asks: one list for each relation."""
    table = node.table("`list_objects`", _LIST_OBJECTS)
    user, type_, asserted = table.text("user"), table.text("type"), _asserted(table)
    allowance.spend(len(asserted), node)
    context = context_from(table.get("context"))
    return tuple(
        Assertion(ListObjects(user, relation, type_, _texts(value)), context, value.named_at or value.place)
        for relation, value in asserted.items()
    )


def list_users_from(allowance: Allowance, node: Node) -> tuple[Assertion, ...]:
    """Return what a table of `list_users` asks: one list for each relation, of the first form in its filter."""
    table = node.table("`list_users`", _LIST_USERS)
    thing, form, asserted = table.text("object"), _form(table.need("user_filter")), _asserted(table)
    allowance.spend(len(asserted), node)
    context = context_from(table.get("context"))
    return tuple(
        Assertion(ListUsers(thing, relation, form, _users(value)), context, value.named_at or value.place)
        for relation, value in asserted.items()
    )


FORMS: dict[str, Callable[[Allowance, Node], tuple[Assertion, ...]]] = {
    "check": checks_from,
    "list_objects": list_objects_from,
    "list_users": list_users_from,
}
"""Each key of a test that holds assertions → how they are read."""


def _one_or_many(table: Table, one: str, many: str) -> tuple[str, ...]:
    single, several = table.get(one), table.get(many)
    if (single is None) == (several is None):
        raise table.node.fault(f"{table.what} needs either {quoted(one)} or {quoted(many)}")
    if several is None:
        return (table.text(one),)
    texts = several.each(quoted(many), lambda each: each.text(quoted(many)))
    if not texts:
        raise several.fault(f"{quoted(many)} lists nobody to ask about")
    return texts


def _asserted(table: Table) -> dict[str, Node]:
    asserted = dict(table.need("assertions").table("`assertions`"))
    if not asserted:
        raise table.need("assertions").fault("`assertions` asserts nothing")
    return asserted


def _texts(node: Node) -> tuple[str, ...]:
    return node.each("an assertion", lambda each: each.text("an assertion"))


def _users(node: Node) -> tuple[str, ...]:
    return _texts(node.table("an assertion", _USERS).need("users"))


def _form(node: Node) -> str:
    filters = node.each("`user_filter`", _form_of)
    if not filters:
        raise node.fault("`user_filter` needs one form of user")
    return filters[0]


def _form_of(node: Node) -> str:
    table = node.table("`user_filter`", _FILTER)
    relation = table.text_or_none("relation")
    return table.text("type") if relation is None else f"{table.text('type')}#{relation}"


def several_filters(node: Node) -> Iterator[Node]:
    """Iterate over the filters beyond the first of a valid table of `list_users`, which count for nothing."""
    yield from node.table("`list_users`").need("user_filter").items("`user_filter`")[1:]
