"""Ids are equal only if they are identical: no case, form, blank or likeness makes two of them one."""

from itertools import permutations
from unicodedata import normalize

from authz_core import InvalidReference, Relationships, load_model, parse_id, parse_object, references
from tests.assurance.asking import NO, YES, answer, is_refused, objects, stored
from tests.assurance.bugs import Bug, broken

PLAIN = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type doc
  relations
    define viewer: [user, group#member]
""")

ALIKE = (
    *(("anne", "Anne", "ANNE"), ("cafe", "café"), ("µ", "\N{GREEK SMALL LETTER MU}"), ("ﬁ", "fi")),
    ("strasse", "straße", "stra\N{LATIN SMALL LETTER LONG S}se"),
    ("i", "I", "\N{LATIN SMALL LETTER DOTLESS I}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"),
    ("a", "\N{CYRILLIC SMALL LETTER A}", "\N{FULLWIDTH LATIN SMALL LETTER A}", "ª", "a'", "a%", "a_", "a\\"),
    ("1", "01", "1.0", "+1", "\N{FULLWIDTH DIGIT ONE}"),
)
REPAIRABLE = (
    "cafe\u0301",
    "anne ",
    " anne",
    "an\u200bne",
    "anne\u00ad",
    "anne\n",
    "an\x00ne",
    "\ufeffanne",
    "anne\u3000",
)


def ids_that_look_alike_are_strangers() -> None:
    """Ids that differ in case, script, width, accent or leading zeros are different subjects and different objects."""
    for one, other in (pair for names in ALIKE for pair in permutations(names, 2)):
        facts = stored(
            f"user:{other} viewer doc:x",
            *(f"user:{one} viewer doc:{one}", f"user:{one} member group:{one}", f"group:{one}#member viewer doc:y"),
        )

        assert len(facts) == 4
        assert answer(PLAIN, facts, f"user:{one} viewer doc:{one}") == YES
        assert answer(PLAIN, facts, f"user:{other} viewer doc:{one}") == NO
        assert answer(PLAIN, facts, f"user:{one} viewer doc:{other}") == NO
        assert answer(PLAIN, facts, f"user:{other} viewer doc:y") == NO
        assert objects(PLAIN, facts, f"user:{other} viewer doc") == ("doc:x",)


def what_is_not_canonical_is_refused() -> None:
    """An id with a blank, an invisible character or another normal form is refused and never repaired."""
    for each in REPAIRABLE:
        assert is_refused(InvalidReference, parse_id, each), ascii(each)
        assert is_refused(InvalidReference, parse_object, f"user:{each}"), ascii(each)


_parse_id = references.parse_id


def _repaired(text: str) -> str:
    return _parse_id("".join(each for each in normalize("NFC", text).strip() if each.isprintable()))


BUGS = (
    Bug(
        "E19",
        ids_that_look_alike_are_strangers,
        (
            broken(
                "names are stored by a collation without case",
                Relationships,
                "_own",
                lambda self, name: self._names.setdefault(name.casefold(), name),
            ),
            broken(
                "names are stored by a collation without width",
                Relationships,
                "_own",
                lambda self, name: self._names.setdefault(normalize("NFKC", name), name),
            ),
        ),
    ),
    Bug(
        "E19",
        what_is_not_canonical_is_refused,
        (broken("ids are repaired where they are read", references, "parse_id", _repaired),),
    ),
)
