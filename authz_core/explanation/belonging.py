"""The usersets that a subject may be in by what is stored, whether or not everything on the way counts."""

from collections.abc import Callable

from authz_core.evaluation.principals import Holding
from authz_core.references import Subject, Userset, Wildcard, is_object, type_of
from authz_core.relationships.index import Relationships


def forms_of(subject: Subject) -> tuple[Subject, ...]:
    """Return the subjects that a relationship may name to mean this one: itself, and everyone of its type."""
    return (subject, Wildcard(f"{type_of(subject)}:*")) if is_object(subject) else (subject,)


def belongs_to(stored: Relationships, subject: Subject | Holding, spend: Callable[[], None]) -> frozenset[Userset]:
    """Return the usersets that contain the subject as far as stored usersets name their relation; it may be one too.

    Each costs a step.
    """
    if isinstance(subject, Holding):
        first: list[Subject] = [Userset(f"{subject.object}#{relation}") for relation in subject.relations]
    else:
        first = list(forms_of(subject))
    reached = dict.fromkeys(first)
    waiting = list(first)
    for each in waiting:
        spend()
        new = [userset for userset in stored.usersets(each) if userset not in reached]
        reached.update(dict.fromkeys(new))
        waiting.extend(new)
    return frozenset(Userset(each) for each in reached if "#" in each)
