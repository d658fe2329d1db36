"""Those who reach an object, found from the object: people, everyone, and usersets by themselves."""

from typing import Final

from authz_core.evaluation.facts import Facts, Trouble
from authz_core.listing.answers import Listing, Unanswerable
from authz_core.listing.asking import Asking, Verdict
from authz_core.listing.known import require_form, require_relation
from authz_core.listing.meeting import Meeting
from authz_core.model.policy import Model
from authz_core.references import Object, Subject, Userset, Wildcard, type_of

_STRANGER: Final = " "
"""The id of somebody of whom no relationship speaks: no reference has a blank."""


def list_subjects(model: Model, facts: Facts, relation: str, object: Object, *forms: str) -> Listing[Subject]:
    """Return all subjects of the forms, `user` or `group#member`, whom `check` allows the relation on the object.

    Where everyone of a type has it, the wildcard `user:*` says so and those are listed beside it who would have it
    without any wildcard, too; it does not say that each of them has it, for some may be excluded. Raises `Unanswerable`
    where it is not known of somebody, be it a stranger, and for a type or relation that is not there.
    """
    require_relation(model, type_of(object), relation)
    for form in forms:
        require_form(model, form)
    asking = Asking(model, facts)
    roll = _Roll(asking, relation, object)
    for form in dict.fromkeys(forms):
        roll.call(form)
    if roll.troubles:
        raise Unanswerable(*min(roll.troubles))
    return Listing(tuple(sorted(roll.present)))


class _Roll:
    """Who has a relation on an object, form by form."""

    def __init__(self, asking: Asking, relation: str, object: Object) -> None:
        self.present: set[Subject] = set()
        self.troubles: set[Trouble] = set()
        self._asking = asking
        self._goal = (object, asking.model.plans.by_type[type_of(object)][relation])
        self._closed = asking.model.without_wildcards()

    def call(self, form: str) -> None:
        """Add everyone of the form."""
        if "#" in form:
            self._call_usersets(form)
        else:
            self._call_objects(form)

    def _call_usersets(self, form: str) -> None:
        meeting = Meeting(self._asking, self._goal, (form,))
        if meeting.is_doubtful:
            type_, _, relation = form.partition("#")
            meeting.named[Userset(f"{type_}:{_STRANGER}#{relation}")] = False
        for subject, is_sure in meeting.named.items():
            self._add(subject, is_sure or self._verdict(subject))

    def _call_objects(self, form: str) -> None:
        everyone = Wildcard(f"{form}:*")
        meeting = Meeting(self._asking, self._goal, (form, everyone))
        named = meeting.named
        is_met = everyone in named
        is_sure = named.pop(everyone, False)
        may_be_open = is_met or meeting.is_doubtful
        is_open = may_be_open and self._add(everyone, is_sure or self._verdict(everyone))
        if meeting.is_doubtful or (is_met and not is_open):
            self._widen(form, named, is_open=is_open)
        for subject, is_sure in named.items():
            self._add(subject, is_sure or self._listed(subject, is_open=is_open))

    def _widen(self, form: str, named: dict[Subject, bool], *, is_open: bool) -> None:
        """Add as candidates those whom a subtracted side names, and what hinders to know it of anybody else.

        A wildcard may be met and yet not everyone have the relation: then some have it who are excused from what takes
        it from all others. Whoever is not named anywhere beneath the goal fares like a stranger, who has nothing that
        not everyone has.
        """
        everyone, stranger = Wildcard(f"{form}:*"), Object(f"{form}:{_STRANGER}")
        candidates = Meeting(self._asking, self._goal, (form, everyone), is_wide=True).named
        verdict = self._listed(stranger, is_open=is_open)
        if isinstance(verdict, Trouble):
            self.troubles.add(verdict)
        named.update((each, False) for each in candidates if each not in named and each != everyone)

    def _add(self, subject: Subject, verdict: Verdict) -> bool:
        """Add the subject, or why that is not known; tell whether it is present."""
        if isinstance(verdict, Trouble):
            self.troubles.add(verdict)
        elif verdict:
            self.present.add(subject)
        return verdict is True

    def _listed(self, subject: Subject, *, is_open: bool) -> Verdict:
        """Tell whether a subject is listed; beside everyone only if it has the relation without any wildcard, too."""
        verdict = self._verdict(subject)
        if verdict is False or not is_open:
            return verdict
        apart = self._asking.verdict(subject, self._goal, model=self._closed)
        if apart is False:
            return False
        troubles = [each for each in (verdict, apart) if isinstance(each, Trouble)]
        return min(troubles) if troubles else True

    def _verdict(self, subject: Subject) -> Verdict:
        return self._asking.verdict(subject, self._goal)
