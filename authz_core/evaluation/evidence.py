"""What has been found out about a question, and what it rests on."""

from enum import Enum
from typing import NamedTuple

from authz_core.decision import Path
from authz_core.evaluation.facts import Trouble
from authz_core.relationships.relationship import Relationship

Evidence = tuple["Relationship | Evidence", ...]
"""Relationships that alone give the same answer, nested so that questions with a common part share it."""


class Verdict(Enum):
    """What has been found out about a goal."""

    TRUE = "true"
    FALSE = "false"
    CIRCULAR = "circular"  # false for all that can be told, since the answer hangs on itself
    UNDECIDED = "undecided"  # something that could matter could not be worked out


class Outcome(NamedTuple):
    """A verdict with what it rests on or, where there is none, why."""

    verdict: Verdict
    evidence: Evidence = ()
    trouble: Trouble | None = None


FALSE = Outcome(Verdict.FALSE)


def undecided(*troubles: Trouble) -> Outcome:
    """Return the outcome of what could not be worked out for these reasons."""
    return Outcome(Verdict.UNDECIDED, trouble=min(troubles))


def neither(one: Outcome, other: Outcome) -> Outcome:
    """Return the outcome of two alternatives, none of which is true."""
    troubles = [each.trouble for each in (one, other) if each.trouble is not None]
    if troubles:
        return undecided(*troubles)
    marked = Verdict.CIRCULAR in (one.verdict, other.verdict)
    evidence = tuple(part for part in (one.evidence, other.evidence) if part)
    return Outcome(Verdict.CIRCULAR if marked else Verdict.FALSE, evidence)


def path_of(evidence: Evidence) -> Path:
    """Return the relationships in the order in which they were found, each once."""
    found: dict[Relationship, None] = {}
    waiting: list[Relationship | Evidence] = [evidence]
    seen: set[int] = set()  # shared parts are walked once, or the work would double with each level
    while waiting:
        part = waiting.pop()
        if isinstance(part, Relationship):
            found[part] = None
        elif id(part) not in seen:
            seen.add(id(part))
            waiting.extend(reversed(part))
    return tuple(found)
