"""What may be listed about a world: objects for a subject, subjects of an object, relations between the two."""

from dataclasses import dataclass
from random import Random

from authz_core import Model, Object, type_of
from tests.authz_core.worlds import Question, World, some

FEW = 4  # of each list in each world


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, of which one part is left open: several types or forms may be wanted for it."""

    question: Question
    types: tuple[str, ...]
    forms: tuple[str, ...]


def wanted(random: Random, world: World) -> tuple[Wanted, ...]:
    """Return some of the world's questions, each to be asked with either end open."""
    return tuple(
        Wanted(question, _types(random, world.model, question.object, question.relation), _forms(random, world))
        for question in some(random, world.questions, FEW, FEW)
        if question.relation in world.model.types[type_of(question.object)]
    )


def _types(random: Random, model: Model, thing: Object, relation: str) -> tuple[str, ...]:
    others = [type_ for type_, relations in model.types.items() if relation in relations and type_ != type_of(thing)]
    return (type_of(thing), *some(random, others, 0, 2))


def _forms(random: Random, world: World) -> tuple[str, ...]:
    types = world.model.types
    usersets = [f"{type_}#{relation}" for type_, relations in types.items() for relation in relations]
    named = sorted({each.subject.partition(":")[0] for each in world.facts if "#" not in each.subject} & types.keys())
    some_usersets = [each for each in usersets if each.endswith("#member")] or usersets
    chosen = (random.choice(named or ["user"]), random.choice(some_usersets), random.choice(usersets), "user")
    return tuple(dict.fromkeys(some(random, chosen, 1, 3)))
