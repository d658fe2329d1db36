"""All classes of bug: what goes wrong in each, and the rules against it."""

from typing import NamedTuple

from tests.assurance.rules import (
    circles,
    contexts,
    cutting,
    denials,
    doubts,
    excess,
    freshness,
    identity,
    keys,
    kinds,
    leftovers,
    lists,
    pages,
    parents,
    set_operations,
    staleness,
)

THEMES = (
    *(keys, cutting, contexts, freshness, lists, kinds, parents, set_operations),
    *(staleness, denials, doubts, circles, leftovers, pages, excess, identity),
)
BUGS = tuple(bug for theme in THEMES for bug in theme.BUGS)


class Fault(NamedTuple):
    """A class of bug in one sentence, and where it has been published."""

    title: str
    sentence: str
    published: tuple[str, ...] = ()


FAULTS = {
    "E1": Fault(
        "Two questions taken for one",
        "What is remembered is found again under a key that does not say everything, so that one question gets the "
        "answer of another.",
        ("CVE-2026-33729", "CVE-2026-34972", "CVE-2026-41131", "CVE-2026-46668", "CVE-2026-48096"),
    ),
    "E2": Fault(
        "Half an answer remembered",
        "What was cut short by a circle, by an error or by a limit is used again as if it were an answer.",
        ("CVE-2025-46331",),
    ),
    "E3": Fault(
        "Context forgotten",
        "What is remembered ignores the condition of a relationship, or what the question brought along.",
        ("CVE-2024-56323",),
    ),
    "E4": Fault(
        "Yesterday's answer",
        "What is remembered outlives a change, or questions asked at the same time see each other's.",
        ("CVE-2026-55866",),
    ),
    "E5": Fault(
        "A list more generous than a question",
        "What is found on the way to a list is listed though a single question denies it.",
        ("CVE-2023-40579", "CVE-2026-61709"),
    ),
    "E6": Fault(
        "Half a list",
        "A list lacks what a single question allows, and does not say so.",
        ("CVE-2023-35930", "CVE-2024-32001", "CVE-2025-65111"),
    ),
    "E7": Fault(
        "One kind taken for another",
        "Everyone of a type, groups of another kind or the neighbour of an id count where they should not.",
        ("CVE-2025-25196", "CVE-2025-48371", "CVE-2025-55213", "CVE-2026-24851"),
    ),
    "E8": Fault(
        "A condition left out",
        "A relationship without a condition satisfies a relation that permits only those with one.",
        ("CVE-2025-64751",),
    ),
    "E9": Fault(
        "The wrong parent",
        "Everyone, a group or a computed relation stands where only objects named one by one may be a parent.",
        ("CVE-2022-39341", "CVE-2022-39342", "CVE-2022-39352"),
    ),
    "E10": Fault(
        "Set operations gone wrong",
        "An intersection or exclusion overlooks an operand, in particular where everyone is named or a circle runs.",
        ("CVE-2022-21646", "CVE-2024-31452", "CVE-2024-42473"),
    ),
    "E11": Fault(
        "Old relationships still counting",
        "What was stored under an earlier model counts in one that does not permit it.",
        ("CVE-2022-23542",),
    ),
    "E12": Fault(
        "A wrong denial",
        "Somebody who has a relation is denied it, since one of the ways to it was not followed.",
        ("CVE-2024-38361", "CVE-2024-46989", "CVE-2025-49011"),
    ),
    "E13": Fault(
        "Missing context told wrongly",
        "What could not be worked out is told as a no, as another error, or though something else decides.",
        ("CVE-2024-48909",),
    ),
    "E14": Fault(
        "Circles without an end",
        "Definitions or facts that lead back to themselves, or nest deeply, exhaust the process.",
        ("CVE-2023-35933", "CVE-2023-43645"),
    ),
    "E15": Fault(
        "Something left behind",
        "Questions that are cut short leave memory or tasks behind.",
        ("CVE-2023-45810", "CVE-2024-23820"),
    ),
    "E16": Fault(
        "Lost at a border",
        "Where things are handled in portions, one at the border is lost or handled twice.",
        ("CVE-2024-27101",),
    ),
    "E17": Fault(
        "Too much cut off in silence",
        "Of something too large a part is taken, and success is reported.",
        ("CVE-2025-64529",),
    ),
    "E18": Fault(
        "A cursor that leads astray",
        "A cursor that was changed, or made for another list, crashes the process, or makes items vanish or reappear.",
        ("CVE-2026-33503", "CVE-2026-33504", "CVE-2026-33505"),
    ),
    "E19": Fault(
        "Two ids taken for one",
        "Names that look alike are stored or compared as the same.",
        ("CVE-2026-55170",),
    ),
}
