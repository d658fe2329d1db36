"""Files of relationships; the ending of the name says whether it is YAML, JSON, JSON lines or CSV."""

import csv
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Final

from delegation.policy.facts import Fact, fact_from
from delegation.policy.faults import Fault, Gathering, InvalidPolicy, Place, quoted
from delegation.policy.sources import Source
from delegation.policy.values.nodes import Node
from delegation.policy.values.scalars import Scalar
from delegation.policy.values.strict_json import read_json_lines, read_json_list, read_json_object
from delegation.policy.values.strict_yaml import read_yaml

_NEEDED: Final = ("user_type", "user_id", "relation", "object_type", "object_id")
_OPTIONAL: Final = ("user_relation", "condition_name", "condition_context")


def facts_in(source: Source) -> tuple[Fact, ...]:
    """Return the relationships that a file lists."""
    suffix = PurePath(source.name).suffix
    if suffix == ".csv":
        return _from_rows(source)
    read = _FORMS.get(suffix)
    if read is None:
        raise source.fault(f"a file of tuples ends in {', '.join(sorted([*_FORMS, '.csv']))}, not in {quoted(suffix)}")
    gathering = Gathering()
    facts = []
    for node in read(source):
        with gathering.part():
            facts.append(fact_from(node))
    gathering.finish()
    return tuple(facts)


def _read_yaml_list(source: Source) -> tuple[Node, ...]:
    nodes = read_yaml(source).items("a file of tuples")
    if not nodes:
        raise source.fault("the file is empty")
    return nodes


_FORMS: Final[dict[str, Callable[[Source], tuple[Node, ...]]]] = {
    ".yaml": _read_yaml_list,
    ".yml": _read_yaml_list,
    ".json": read_json_list,
    ".jsonl": read_json_lines,
}


def _from_rows(source: Source) -> tuple[Fact, ...]:
    rows = _rows(source)
    header_at, header = next(rows, (Place(source.name, 1), []))
    _validate_header(header, header_at)
    gathering = Gathering()
    facts = []
    for place, row in rows:
        with gathering.part():
            if len(row) != len(header):
                raise InvalidPolicy(Fault(place, f"{len(header)} columns are wanted, not {len(row)}"))
            facts.append(_from_row(dict(zip(header, row, strict=True)), place))
    gathering.finish()
    return tuple(facts)


def _rows(source: Source) -> Iterator[tuple[Place, list[str]]]:
    """Iterate over the rows that are not empty, each with the line in which it begins."""
    reader = csv.reader(source.text.splitlines(keepends=True), strict=True)
    begins = 1
    try:
        for row in reader:
            if row:
                yield Place(source.name, begins), row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InvalidPolicy(Fault(Place(source.name, begins), f"this is no CSV: {error}")) from None


def _validate_header(header: list[str], place: Place) -> None:
    known = ", ".join([*_NEEDED, *_OPTIONAL])
    faults = [f"there is no column {quoted(each)}" for each in _NEEDED if each not in header]
    unknown = [each for each in dict.fromkeys(header) if each not in {*_NEEDED, *_OPTIONAL}]
    faults.extend(f"{quoted(each)} is no column: known are {known}" for each in unknown)
    faults.extend(f"column {quoted(each)} stands here twice" for each in set(header) if header.count(each) > 1)
    if faults:
        raise InvalidPolicy(*(Fault(place, each) for each in faults))


def _from_row(row: dict[str, str], place: Place) -> Fact:
    empty = [each for each in _NEEDED if not row[each]]
    if empty:
        raise InvalidPolicy(*(Fault(place, f"column {quoted(each)} is empty") for each in empty))
    subject = f"{row['user_type']}:{row['user_id']}"
    if row.get("user_relation"):
        subject += f"#{row['user_relation']}"
    texts = {"user": subject, "relation": row["relation"], "object": f"{row['object_type']}:{row['object_id']}"}
    condition = _condition(row.get("condition_name"), row.get("condition_context"), place)
    return fact_from(Node(place, {**{key: Node(place, Scalar(text)) for key, text in texts.items()}, **condition}))


def _condition(name: str | None, context: str | None, place: Place) -> dict[str, Node]:
    if not name:
        if context:
            raise InvalidPolicy(Fault(place, "`condition_context` needs a `condition_name`"))
        return {}
    written = {"context": read_json_object(context, place)} if context else {}
    return {"condition": Node(place, {"name": Node(place, Scalar(name)), **written})}
