"""Names that run together: delimiters inside ids, lists of texts, names that contain each other, items of a batch."""

import re

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Model,
    Restriction,
    check,
    load_model,
    parse_object,
    parse_subject,
    permitted,
)
from authz_core.decision import Decision
from authz_core.evaluation import checking
from authz_core.evaluation.facts import View
from authz_core.evaluation.walking import Place, Walk
from authz_core.relationships import index
from authz_core.relationships.situation import Situation
from tests.assurance.asking import NO, YES, answer, facing, objects, on, stored
from tests.assurance.bugs import Breakage, Bug, Patch, blurred, broken

TAGGED = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with tagged]
    define blocked: [user with tagged]
    define reader: viewer but not blocked
condition tagged(tag: string, tags: list<string>) {
  tag in tags
}
""")

USER = Direct((Restriction("user"),))
SLASHES = Model(
    types={
        "user": {},
        "folder": {"c": USER, "b/c": USER},
        "doc": {
            "parent": Direct((Restriction("folder"),)),
            "viewer": USER,
            "view": USER,
            "view/all": USER,
            "reader": Exclusion(Exclusion(Computed("viewer"), FromParent("c", "parent")), FromParent("b/c", "parent")),
        },
    }
)


def contexts_that_look_alike_stay_apart() -> None:
    """A list of two texts is never taken for a list of one text with a comma in it."""
    facts = stored(
        on("user:anne viewer doc:a", "tagged", tags=["x", "y"]),
        on("user:anne blocked doc:a", "tagged", tags=["x,y"]),
        on("user:anne viewer doc:b", "tagged", tags=["x,y"]),
    )
    by_x = facing(TAGGED, facts, tag="x")

    assert answer(TAGGED, by_x, "user:anne reader doc:a") == YES
    assert objects(TAGGED, by_x, "user:anne viewer doc") == ("doc:a",)


def names_that_run_together_stay_apart() -> None:
    """What is found out about `c` on `folder:a/b` is never taken for what is known about `b/c` on `folder:a`."""
    facts = stored(
        *("user:anne viewer doc:x", "folder:a parent doc:x", "folder:a/b parent doc:x", "user:anne b/c folder:a"),
        *("user:bob viewer doc:x", "user:bob b/c folder:ab"),
    )

    assert answer(SLASHES, facts, "user:anne reader doc:x") == NO
    assert answer(SLASHES, facts, "user:bob reader doc:x") == YES


def names_within_names_stay_apart() -> None:
    """Of two relationships, the name of one being a part of the other's, both are held, and each goes by itself."""
    facts = stored("user:anne viewer doc:x", "user:anne view doc:x", "user:bob viewer doc:x")

    assert len(facts) == 3
    assert answer(SLASHES, facts, "user:anne view doc:x") == YES
    assert answer(SLASHES, facts, "user:bob view doc:x") == NO


def items_of_a_batch_stay_apart() -> None:
    """Relations asked for at once, their names nearly equal, are answered as if each was asked for by itself."""
    anne, doc = parse_subject("user:anne"), parse_object("doc:x")
    for held, other in (("view", "view/all"), ("view/all", "view")):
        facts = stored(f"user:anne {held} doc:x")

        assert permitted(SLASHES, facts, anne, doc, frozenset({held, other})) == {held}


def _without_delimiters(condition: tuple[str, str]) -> str:
    return re.sub(r'[][" ]', "", "".join(condition))


def _run_together(place: Place) -> object:
    thing, plan = place.goal
    return "/".join((thing, *sorted(plan.relations))) if plan.relations else place


def _deduplicating() -> Breakage:
    kept: dict[tuple[int, str, str, str], Decision] = {}

    def once(model: Model, facts: Situation, subject: str, relation: str, thing: str) -> Decision:
        key = (id(facts), subject, relation.partition("/")[0], thing)
        if key not in kept:
            kept[key] = check(model, facts, parse_subject(subject), relation, parse_object(thing))
        return kept[key]

    return Breakage("items of a batch count as one up to the first slash", (Patch(checking, "check", once),))


BUGS = (
    Bug(
        "E1",
        contexts_that_look_alike_stay_apart,
        (blurred("contexts are told apart without their delimiters", View, "_judged", _without_delimiters),),
    ),
    Bug(
        "E1",
        names_that_run_together_stay_apart,
        (blurred("goals are told apart by object and relation joined by a slash", Walk, "_failed", _run_together),),
    ),
    Bug(
        "E1",
        names_within_names_stay_apart,
        (
            broken(
                "a name is looked for inside of another",
                index,
                "contains",
                lambda bag, member: bag is not None and member in bag,
            ),
        ),
    ),
    Bug("E1", items_of_a_batch_stay_apart, (_deduplicating(),)),
)
