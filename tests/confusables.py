"""Ids that somebody, or a database, might take for each other, and texts that are no ids at all."""

from typing import Final

FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "anne": (
        "anne",
        "Anne",
        "ANNE",
        "ann\u00e9",
        "\u0430nne",
        "\uff41nne",
        "\U0001d41anne",
        "an\u034fne",
        "%61nne",
        "anne.",
    ),
    "ligature and dots": ("file", "\ufb01le", "FILE", "f\u0131le", "f\u0130le", "fIle"),
    "sharp s": ("strasse", "stra\u00dfe", "stra\u1e9ee", "STRASSE", "stra\u017f\u017fe"),
    "sigma": ("\u03c3", "\u03c2", "\u03a3"),  # within a word, at its end, and large
    "mu": ("\u00b5", "\u03bc"),  # the sign and the letter
    "two in one": ("\u01c6", "\u01c5", "\u01c4", "d\u017e"),  # small, titled and large, and as two letters
    "colour": ("\u2764", "\u2764\ufe0f"),  # with and without the wish to be drawn in colour
    "planes": ("\uffee", "\U00010400", "\U0001f600"),  # UTF-16 would order them otherwise than code points and bytes do
    "long": ("x" * 256, "x" * 255 + "y", "x" * 255 + "X", "x" * 254, "y" + "x" * 254 + "z"),
    "many bytes": ("\U0001f600" * 256, "\U0001f600" * 255 + "\U0001f601"),
    "signs": ("a'b", 'a"b', "a`b", "a\\b", "a%b", "a_b", "a+b", "a&b", "a?b", "a;b"),
}
"""Clean ids (semantics: who and what), in groups that look or compare alike under some rule."""

IDS: Final = tuple(id for family in FAMILIES.values() for id in family)
"""All of them, each another one."""

DIRTY: Final = (
    *("anne ", " anne", "an ne", "anne\t", "anne\n", "anne\r", "anne\u00a0", "\u00a0anne", "anne\u2003", "anne\u3000"),
    *("anne\u0085", "anne\u2028", "anne\u200b", "an\u200dne", "\ufeffanne", "an\u00adne", "anne\u180e"),
    *("\u202eanne", "\u200fanne", "anne\u200e", "\u2066anne", "anne\U000e0061"),
    *("anne\x00", "\x00anne", "an\x00ne", "anne\x7f", "anne\x1b"),
    *("anne\u0301", "A\u030a", "\u212a", "\u212b", "\u1100\u1161", "\u0344"),  # not composed, or not as NFC does
    *("\ue000", "\ufdd0", "\U0010ffff"),  # private, and no characters
    *("", "*", "an:ne", "an#ne", "x" * 257, "anne\u0301" + "x" * 251),
)
"""What is no id: blanks, unseen characters, what is not in NFC, too much and too little."""
