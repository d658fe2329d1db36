"""References `type:id`, `type:id#relation` and `type:*`: parsed once at the border, plain strings afterwards.

Two references are equal only if identical. A text in any other form is refused, never repaired.
"""

import re
import unicodedata
from typing import Final, NewType, TypeGuard

from authz_core.errors import InvalidReference, quoted

Object = NewType("Object", str)
Userset = NewType("Userset", str)
Wildcard = NewType("Wildcard", str)
Subject = Object | Userset | Wildcard

CONDITIONAL: Final = " with "
"""What stands in a kind of subject between its form and a condition; no name holds a blank."""

_TYPE = re.compile(r"[A-Za-z0-9_./-]{1,254}")
_RELATION = re.compile(r"[A-Za-z0-9_.:*/-]{1,50}")
_ID = re.compile(r"[^\s:#\x00-\x1f\x7f]{1,256}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # control, format, surrogate, private and unassigned characters


def parse_type(text: str) -> str:
    """Return the type's name unchanged: 1-254 of ASCII letters, digits, `_`, `-`, `.` and `/`."""
    if _TYPE.fullmatch(text) is None:
        raise InvalidReference(f"{quoted(text)} is no type: 1-254 letters, digits or `_-./` are wanted")
    return text


def parse_relation(text: str) -> str:
    """Return the relation's name unchanged: 1-50 of ASCII letters, digits, `_`, `-`, `.`, `:`, `/` and `*`."""
    if _RELATION.fullmatch(text) is None:
        raise InvalidReference(f"{quoted(text)} is no relation: 1-50 letters, digits or `_-.:/*` are wanted")
    return text


def parse_id(text: str) -> str:
    """Return the id unchanged: 1-256 visible NFC characters without `:` and `#`, and not `*` alone."""
    if _ID.fullmatch(text) is None or text == "*":
        raise InvalidReference(f"{quoted(text)} is no id: 1-256 characters without blanks, `:` or `#` are wanted")
    if not text.isascii():
        if not _UNSEEN.isdisjoint(map(unicodedata.category, text)):
            raise InvalidReference(f"{quoted(text)} is no id: it holds a character that cannot be seen")
        if not unicodedata.is_normalized("NFC", text):
            raise InvalidReference(f"{quoted(text)} is no id: it is not in normal form NFC")
    return text


def parse_object(text: str) -> Object:
    """Return the text as an object reference `type:id`."""
    kind, colon, name = text.partition(":")
    if not colon:
        raise InvalidReference(f"{quoted(text)} is no reference: `type:id` is wanted")
    parse_type(kind)
    parse_id(name)
    return Object(text)


def parse_subject(text: str) -> Subject:
    """Return the text as an object `type:id`, a userset `type:id#relation` or a wildcard `type:*`."""
    thing, hash_sign, relation = text.partition("#")
    if hash_sign:
        parse_relation(relation)
        parse_object(thing)
        return Userset(text)
    kind, _, name = text.partition(":")
    if name == "*":
        parse_type(kind)
        return Wildcard(text)
    return parse_object(text)


def object_of(type: str, id: str) -> Object:
    """Return the reference of the object with this type and id."""
    return Object(f"{parse_type(type)}:{parse_id(id)}")


def userset_of(object: Object, relation: str) -> Userset:
    """Return the reference of all who have the relation on the object."""
    return Userset(f"{object}#{parse_relation(relation)}")


def wildcard_of(type: str) -> Wildcard:
    """Return the reference of everyone of the type."""
    return Wildcard(f"{parse_type(type)}:*")


def type_of(reference: Subject) -> str:
    """Return the type of a canonical reference."""
    return reference.partition(":")[0]


def id_of(reference: Object) -> str:
    """Return the id of a canonical object reference."""
    return reference.partition(":")[2]


def is_object(subject: Subject) -> TypeGuard[Object]:
    """Tell whether a canonical subject is an object, neither userset nor wildcard."""
    return "#" not in subject and not subject.endswith(":*")


def split_userset(userset: Userset) -> tuple[Object, str]:
    """Return the object and the relation that a userset is made of."""
    thing, _, relation = userset.partition("#")
    return Object(thing), relation


def kind_of(subject: Subject) -> str:
    """Return what a type restriction sees of a subject: `type`, `type#relation` or `type:*`."""
    thing, hash_sign, relation = subject.partition("#")
    type_, _, id_ = thing.partition(":")
    if hash_sign:
        return f"{type_}#{relation}"
    return subject if id_ == "*" else type_
