"""Lines of an export: one JSON object each, whose one member says of what kind it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from delegation.audit.canonical import JSON, canonical
from delegation.audit.chain import Entry, Head
from delegation.audit.errors import InvalidExport
from delegation.audit.history import Anchor, Covered, Item, Proof
from delegation.tokens import InvalidJSON, json_object

FORMAT: Final = "delegation.audit.export.1"


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line."""

    organization: str | None
    """Whose chain alone is told of; None: every chain."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The JWK Set that the exporter says its seals are signed with; for whoever has no better source."""

    jwks: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last line."""

    lines: int
    """How many lines come before it."""


Line: TypeAlias = Opening | Keys | Item | Ending


def line_of(line: Line) -> str:
    """Return a line as text, without its end."""
    match line:
        case Opening(organization):
            return canonical({"export": {"format": FORMAT, "organization": organization}})
        case Keys(jwks):
            return canonical({"keys": jwks})
        case Entry():
            place = Head(line.chain, line.sequence, line.hash)
            return canonical({"entry": {**_head(place), "body": line.body}})
        case Covered():
            return canonical({"covered": {"seal": line.seal, **_head(line.head), **_proof(line.proof)}})
        case Head():
            return canonical({"head": _head(line)})
        case Anchor(head):
            return canonical({"anchor": _head(head)})
        case Ending(lines):
            return canonical({"end": {"lines": lines}})


def read_line(line: bytes) -> Line:
    """Return what a line says; raises InvalidExport for what cannot be a line of an export."""
    try:
        ((kind, told),) = json_object(line).items()
        return _READ[kind](_object(told))
    except (InvalidJSON, KeyError, TypeError, ValueError):
        raise InvalidExport("is no line of an export") from None


def _head(head: Head) -> dict[str, JSON]:
    return {"chain": head.chain, "sequence": head.sequence, "hash": head.hash}


def _proof(proof: Proof | None) -> dict[str, JSON]:
    return {} if proof is None else {"index": proof.index, "path": [node.hex() for node in proof.path]}


def _opening(told: Mapping[str, Any]) -> Opening:
    if _exactly(told, "format", "organization")["format"] != FORMAT:
        raise ValueError(told)
    organization = told["organization"]
    return Opening(None if organization is None else _text(organization))


def _keys(told: Mapping[str, Any]) -> Keys:
    return Keys(_exactly(told, "keys"))


def _entry(told: Mapping[str, Any]) -> Entry:
    _exactly(told, "chain", "sequence", "body", "hash")
    return Entry(_text(told["chain"]), _number(told["sequence"]), _text(told["body"]), _text(told["hash"]))


def _covered(told: Mapping[str, Any]) -> Covered:
    proved = ("index", "path") if "path" in told else ()
    _exactly(told, "seal", "chain", "sequence", "hash", *proved)
    proof = Proof(_number(told["index"]), tuple(map(bytes.fromhex, told["path"]))) if proved else None
    return Covered(_number(told["seal"]), _place(told), proof)


def _told_head(told: Mapping[str, Any]) -> Head:
    return _place(_exactly(told, "chain", "sequence", "hash"))


def _anchor(told: Mapping[str, Any]) -> Anchor:
    return Anchor(_told_head(told))


def _place(told: Mapping[str, Any]) -> Head:
    return Head(_text(told["chain"]), _number(told["sequence"]), _text(told["hash"]))


def _ending(told: Mapping[str, Any]) -> Ending:
    return Ending(_number(_exactly(told, "lines")["lines"]))


def _exactly(told: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    if told.keys() != set(names):
        raise ValueError(names)
    return told


def _object(value: JSON) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


_READ: Final[Mapping[str, Callable[[Mapping[str, Any]], Line]]] = {
    "export": _opening,
    "keys": _keys,
    "entry": _entry,
    "covered": _covered,
    "head": _told_head,
    "anchor": _anchor,
    "end": _ending,
}
