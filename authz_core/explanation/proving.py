"""The shortest proof of what is allowed."""

from dataclasses import replace

from authz_core.decision import Allowed, Path
from authz_core.evaluation.checking import check
from authz_core.evaluation.facts import Facts
from authz_core.explanation.absence import Absence
from authz_core.explanation.assembling import assemble, relationships_of
from authz_core.explanation.goals import Alternative, Goal
from authz_core.explanation.ground import Ground
from authz_core.explanation.proof import Proof, Question, StepKind
from authz_core.explanation.reading import Reading
from authz_core.explanation.searching import Search
from authz_core.model.policy import Model
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import Exhausted


def prove(model: Model, facts: Facts, question: Question, decision: Allowed) -> Proof:
    """Return the shortest proof; where it cannot be worked out, the path on which the decision was found."""
    reading = Reading(model, facts, question.subject)
    try:
        ground = Ground(model, reading, question)
    except Exhausted:
        return Proof(decision.path)
    proof = _shortest(model, ground, question)
    if proof is None or not _is_enough(model, reading, question, proof.relationships):
        return Proof(decision.path)
    return proof


def _shortest(model: Model, ground: Ground, question: Question) -> Proof | None:
    absence = Absence(model, ground, question)

    def decide(goal: Goal, way: Alternative) -> Alternative | None:
        """Let through what counts as it is, and an exclusion with what its absence rests on."""
        if way.change is not None:
            return None
        if way.kind is not StepKind.EXCLUSION:
            return way
        exceptions = absence.exceptions(goal)
        return None if exceptions is None else way._replace(premises=(way.premises[0], *exceptions))

    search = Search(ground.alternatives, ground.root, decide)
    if ground.root not in search.ways:
        return None
    steps = assemble(ground, search.ways, ground.root)
    return Proof(relationships_of(steps), steps)


def _is_enough(model: Model, reading: Reading, question: Question, path: Path) -> bool:
    """Tell whether the relationships alone give the same answer."""
    alone = replace(reading.situation, stored=Relationships(path), contextual=Relationships())
    return isinstance(check(model, alone, question.subject, question.relation, question.object), Allowed)
