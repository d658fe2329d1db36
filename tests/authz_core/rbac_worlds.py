"""Worlds of the kind that administrators build: catalogs, trees with moves, groups in groups, stale leftovers."""

from dataclasses import replace
from random import Random

from authz_core import (
    Catalog,
    EnvironmentRoles,
    Holding,
    InvalidPlacement,
    Model,
    Object,
    OrganizationRoles,
    Permission,
    Relationship,
    Relationships,
    ResourceType,
    Role,
    Subject,
    build_model,
    parse_object,
    parse_subject,
    place,
    type_of,
)
from tests.authz_core.worlds import IDS, Question, World, fact, some

TYPES = ("workspace", "project", "app")
ACTIONS = ("view", "edit")
FEW = 20  # questions to each world
DEPTH = 6


def rbac_world(random: Random) -> World:
    """Return an organization or two, after some moves and with some relationships that no longer fit."""
    catalog = _catalog(random)
    model = build_model(catalog)
    if random.random() < 0.3:
        custom = _role(random, catalog, "org-custom")
        roles = (*catalog.roles, Role("member", "organization", frozenset()))
        environment = EnvironmentRoles(replace(catalog, roles=roles), "member")
        model = OrganizationRoles(environment).with_role(custom).model(model)
    objects, placed = _tree(random, model)
    facts = [*placed, *_groups(random), *(_assignment(random, model, objects) for _ in range(random.randint(0, 30)))]
    if random.random() < 0.3:
        facts += [_stale(random, objects) for _ in range(3)]
    unique = tuple(dict.fromkeys(facts))
    return World(model, unique, tuple(_question(random, model, objects, unique) for _ in range(FEW)))


def _catalog(random: Random) -> Catalog:
    types = []
    for number, slug in enumerate(TYPES):
        parents = {("organization", *TYPES)[number], *some(random, ("organization", *TYPES[: number + 1]), 0, 1)}
        types.append(ResourceType(slug, tuple(sorted(parents)), delegable=random.random() < 0.9))
    permissions = tuple(
        Permission(f"{type_}:{action}", type_, administrative=random.random() < 0.1)
        for type_ in ("organization", *TYPES)
        for action in ACTIONS
    )
    bare = Catalog(tuple(types), permissions)
    return Catalog(bare.types, permissions, tuple(_role(random, bare, f"role{number}") for number in range(5)))


def _role(random: Random, catalog: Catalog, slug: str) -> Role:
    type_ = random.choice(("organization", *TYPES))
    beneath = catalog.beneath(type_)
    slugs = [permission.slug for permission in catalog.permissions if permission.type in beneath]
    return Role(slug, type_, frozenset(some(random, slugs, 1, 6)))


def _tree(random: Random, model: Model) -> tuple[list[Object], list[Relationship]]:
    objects = [parse_object("organization:a"), parse_object("organization:ab")]
    facts = Relationships()
    for number in range(random.randint(1, 16)):
        thing = parse_object(f"{random.choice(TYPES)}:{random.choice(IDS)}{number}")
        if _settled(random, model, facts, thing, objects):
            objects.append(thing)
    for thing in some(random, objects, 0, 6):
        _settled(random, model, facts, thing, objects)
    return objects, list(facts)


def _settled(random: Random, model: Model, facts: Relationships, thing: Object, objects: list[Object]) -> bool:
    """Put the resource somewhere, or somewhere else; tell whether there was a place for it."""
    parent = random.choice(objects)
    try:
        place(model, facts, thing, parent, max_depth=DEPTH)
    except InvalidPlacement:
        return False
    left = [each for each in facts.by_object(thing) if each.relation == "parent"]
    facts.apply(added=[Relationship(parent, "parent", thing)], removed=left)
    return True


def _groups(random: Random) -> list[Relationship]:
    """Members and nested groups; the nesting may run in a circle."""
    return [fact(_principal(random), "member", f"group:{random.choice(IDS[:3])}") for _ in range(random.randint(0, 8))]


def _principal(random: Random) -> str:
    kind = random.choice(("user:{}", "user:{}", "agent:{}", "group:{}#member"))
    return kind.format(random.choice(IDS[:3]))


def _assignment(random: Random, model: Model, objects: list[Object]) -> Relationship:
    thing = random.choice(objects)
    fitting = [role.slug for role in model.roles.values() if role.type == type_of(thing)]
    return fact(_principal(random), random.choice(fitting or list(model.roles)), thing)


def _stale(random: Random, objects: list[Object]) -> Relationship:
    """A relationship that means nothing in the model, as a later model may leave behind."""
    thing = random.choice(objects)
    return random.choice(
        (
            fact("user:a", "role-of-old", thing),
            fact("robot:a", "role0", thing),
            fact("user:*", "role1", thing),
            fact("user:a", "parent", thing),
            fact(random.choice(objects), "parent", thing),
            fact(f"{thing}#role0", "member", "group:a"),
            fact("robot:a", "member", "group:a"),
            fact("group:a#parent", "role0", thing),
        )
    )


def _question(random: Random, model: Model, objects: list[Object], facts: tuple[Relationship, ...]) -> Question:
    """A question that is often about a role which somebody holds, on the spot or anywhere."""
    held = random.choice(
        [each for each in facts if each.relation in model.roles] or [fact("user:a", "role0", objects[0])]
    )
    permissions = sorted(model.roles[held.relation].permissions) if held.relation in model.roles else []
    relation = random.choice([*permissions, *permissions, "app:view", "project:edit", "parent", "no-such"])
    subject = _asking(random, model, held)
    return Question(subject, relation, held.object if random.random() < 0.3 else random.choice(objects))


def _asking(random: Random, model: Model, held: Relationship) -> Subject | Holding:
    chance = random.random()
    if chance < 0.3:
        further = some(random, list(model.roles), 0, 1)
        return Holding(held.object, frozenset((held.relation, *further)))
    if chance < 0.6:
        return held.subject
    return parse_subject(random.choice((_principal(random), _principal(random), "robot:a", "user:*")))
