"""Worlds whose definitions are drawn from everything there is: all rewrites, wildcards, two types of group, roles."""

from random import Random

from authz_core import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Holding,
    Intersection,
    Model,
    Relationship,
    Restriction,
    Rewrite,
    Role,
    Subject,
    Union,
    parse_object,
    parse_subject,
)
from tests.authz_core.fitting import lists
from tests.authz_core.worlds import IDS, Question, World, fact, some

GROUPS = ("group", "team")
THINGS = ("folder", "doc")
RELATIONS = ("r0", "r1", "r2", "r3")
TUPLESETS = ("parent", "home")

KINDS = (
    *(Restriction("user"), Restriction("agent"), Restriction("user", wildcard=True)),
    *(Restriction("group", relation="member"), Restriction("team", relation="member")),
    *(Restriction("folder", relation="r0"), Restriction("doc", relation="r1"), Restriction("folder", relation="r2")),
)
SIMPLE = KINDS[:5]
FOLDERS_FIRST = (Restriction("folder"), Restriction("folder"), Restriction("doc"))
FEW = 15  # questions to each world


def general_world(random: Random) -> World:
    """Return a world that holds together by and large: some of its facts fit nothing, some of its relations nobody."""
    model = _model(random)
    ids = IDS[:2] if random.random() < 0.5 else some(random, IDS, 2, 2)
    objects = [f"{type_}:{id_}" for type_ in (*GROUPS, *THINGS) for id_ in ids]
    facts = tuple(dict.fromkeys(_fact(random, model, objects, ids) for _ in range(random.choice((0, 5, 20, 40, 60)))))
    return World(model, facts, tuple(_question(random, model, facts, objects) for _ in range(FEW)))


def _model(random: Random) -> Model:
    lists = SIMPLE if random.random() < 0.5 else KINDS
    types: dict[str, dict[str, Rewrite]] = {"user": {}, "agent": {}}
    for type_ in GROUPS:
        plain = Direct(_list(random, lists))
        member = plain if random.random() < 0.7 else Union((plain, Computed("owner")))
        types[type_] = {"member": member, "owner": Direct(_list(random, lists))}
    depth = random.choice((0, 1, 1, 2))
    for type_ in THINGS:
        types[type_] = {
            tupleset: Direct(tuple(dict.fromkeys(some(random, FOLDERS_FIRST, 1, 2)))) for tupleset in TUPLESETS
        }
        for number, relation in enumerate(RELATIONS):
            inherited = Union((Conferred(relation), FromParent(relation, random.choice(TUPLESETS))))
            own = _expression(random, RELATIONS[:number], lists, depth)
            types[type_][relation] = inherited if random.random() < 0.25 else own
    roles = [
        Role(f"role{number}", random.choice(THINGS), frozenset(some(random, RELATIONS, 0, 3))) for number in range(3)
    ]
    return Model(
        types=types,
        roles={role.slug: role for role in roles},
        holders=_list(random, lists),
        delegable=frozenset(some(random, (*THINGS, "group"), 1, 3)),
        administrative=frozenset(some(random, RELATIONS, 0, 1) if random.random() < 0.1 else ()),
    )


def _expression(random: Random, lower: tuple[str, ...], lists: tuple[Restriction, ...], depth: int) -> Rewrite:
    """Return an expression; only relations defined before are computed from, so that no definition is circular."""
    if depth and random.random() < 0.7:
        inner = [_expression(random, lower, lists, depth - 1) for _ in range(random.choice((2, 2, 3)))]
        if random.random() < 0.5:
            return Union(tuple(inner))
        return Intersection(tuple(inner)) if random.random() < 0.5 else Exclusion(inner[0], inner[1])
    chance = random.random()
    if chance < 0.2 and lower:
        return Computed(random.choice(lower))
    if chance < 0.45:
        return FromParent(random.choice(RELATIONS), random.choice(TUPLESETS))
    if chance < 0.6:
        return Conferred(random.choice(RELATIONS))
    return Direct(_list(random, lists))


def _list(random: Random, lists: tuple[Restriction, ...]) -> tuple[Restriction, ...]:
    """Return restrictions that leave out users only seldom."""
    entries = some(random, lists, 1, 4)
    return entries if random.random() < 0.2 else tuple(dict.fromkeys((*entries, Restriction("user"))))


def _fact(random: Random, model: Model, objects: list[str], ids: tuple[str, ...]) -> Relationship:
    """Return a relationship that mostly fits the model."""
    thing = random.choice(objects)
    definitions = model.types[thing.partition(":")[0]]
    storable = [relation for relation, rewrite in definitions.items() if lists(rewrite)]
    relation = random.choice([*storable, *storable, *model.roles, "r3"])
    permitted = lists(definitions[relation]) if relation in storable else model.holders
    return fact(_named(random, permitted if random.random() < 0.9 else KINDS, ids), relation, thing)


def _named(random: Random, permitted: tuple[Restriction, ...], ids: tuple[str, ...]) -> str:
    entry = random.choice(permitted)
    id_ = "*" if entry.wildcard else random.choice(ids)
    return f"{entry.type}:{id_}" + (f"#{entry.relation}" if entry.relation else "")


def _question(random: Random, model: Model, facts: tuple[Relationship, ...], objects: list[str]) -> Question:
    if facts and random.random() < 0.4:
        near = random.choice(facts)
        return Question(near.subject, random.choice([*model.types[near.object.partition(":")[0]]]), near.object)
    thing = random.choice(facts).object if facts and random.random() < 0.6 else parse_object(random.choice(objects))
    relation = random.choice([*model.types[thing.partition(":")[0]], "r3"])
    return Question(_asking(random, model, facts, objects), relation, thing)


def _asking(random: Random, model: Model, facts: tuple[Relationship, ...], objects: list[str]) -> Subject | Holding:
    chance = random.random()
    if chance < 0.25 and facts:
        held = random.choice(facts)
        further = some(random, (*RELATIONS, *model.roles, "member"), 0, 1)
        return Holding(held.object, frozenset((held.relation, *further)))
    if chance < 0.65 and facts:
        return random.choice(facts).subject
    if chance < 0.75:
        thing = random.choice(objects)
        return parse_subject(f"{thing}#{random.choice([*model.types[thing.partition(':')[0]], *model.roles])}")
    known = objects[0].partition(":")[2]
    return parse_subject(random.choice((f"user:{known}", "user:ab", f"agent:{known}", "user:*")))
