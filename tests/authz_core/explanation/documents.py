"""Models and facts whose explanations are written down by hand."""

from random import Random

from authz_core import (
    Explanation,
    Holding,
    Model,
    Relationship,
    RelationshipCondition,
    Relationships,
    explain,
    load_model,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.fitting import fits_somewhere
from tests.authz_core.worlds import Question, World, fact

OFFICE = load_model("""
model
  schema 1.1

type user
type agent

type group
  relations
    define member: [user, user with in_office, group#member]

type folder
  relations
    define viewer: [user]

type doc
  relations
    define parent: [folder, folder with in_office]
    define owner: [user with in_office, group#member]
    define viewer: [user, user with in_office, user:*, group#member,
      group#member with in_office] or owner or viewer from parent
    define approver: [user, group#member]
    define blocked: [user, user with in_office, group#member]
    define excused: [user]
    define reader: viewer but not blocked
    define publisher: viewer and approver
    define forgiving: viewer but not (blocked but not excused)
    define either: (viewer and approver) or (viewer but not blocked)
    define crew: [group#member]

condition in_office(hour: int, until: int) {
  hour < until
}
""")


NAMES = ("user:ann", "user:bob", "user:*", "group:g#member", "group:h#member", "folder:f", "folder:e")
OBJECTS = ("group:g", "group:h", "folder:f", "folder:e", "doc:a", "doc:b")


def office_world(random: Random) -> World:
    """An office in which much is granted, much is taken away again, and much depends on the hour."""
    tried = [_drawn(random) for _ in range(random.choice((10, 40, 120)))]
    stored = {each.key: each for each in tried if fits_somewhere(OFFICE, each)}
    relations = [relation for relation in OFFICE.types["doc"] if relation != "parent"]
    hours: tuple[dict[str, object], ...] = ({}, {"hour": 9}, {"hour": 9}, {"hour": 19})
    questions = [
        Question(parse_subject(random.choice(NAMES[:5])), relation, parse_object(thing), random.choice(hours))
        for relation in relations
        for thing in OBJECTS[-2:]
    ]
    return World(OFFICE, tuple(stored.values()), tuple(questions))


def _drawn(random: Random) -> Relationship:
    thing = random.choice(OBJECTS)
    relation = random.choice(list(OFFICE.types[thing.partition(":")[0]]))
    line = f"{random.choice(NAMES)} {relation} {thing}"
    return lines(line)[0] if random.random() < 0.6 else until(random.choice((8, 17)), line)


def until(hour: int, line: str) -> Relationship:
    """The relationship written as `subject relation object`, in office hours until this one."""
    return fact(*line.split(" "))._replace(condition=RelationshipCondition.of("in_office", {"until": hour}))


def lines(*texts: str) -> list[Relationship]:
    """Relationships written as `subject relation object`."""
    return [fact(*text.split(" ")) for text in texts]


def why(
    relationships: list[Relationship],
    subject: str | Holding,
    relation: str,
    thing: str = "doc:a",
    hour: int | None = None,
    model: Model = OFFICE,
) -> Explanation:
    """The explanation of a question about an office."""
    facts = situation(model, Relationships(relationships), context={} if hour is None else {"hour": hour})
    who = parse_subject(subject) if isinstance(subject, str) else subject
    return explain(model, facts, who, relation, parse_object(thing))
