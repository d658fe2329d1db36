"""Where a model is written: in a file whose name tells its form, or within the file that tests it."""

from dataclasses import replace

from authz_core import Position
from delegation.policy.faults import Place
from delegation.policy.models import Locate, PolicyModel, Spot, in_file, read_catalog, read_dsl, read_json_model
from delegation.policy.modules import read_modules
from delegation.policy.sources import Folder, Source
from delegation.policy.values.nodes import Node
from delegation.policy.values.scalars import Scalar


def model_in(source: Source, folder: Folder) -> PolicyModel:
    """Return the model of a file that lies in the folder."""
    if source.name.endswith("fga.mod"):
        return read_modules(source, folder)
    if source.name.endswith("json"):
        return read_json_model(source)
    if source.name.endswith(".toml"):
        return read_catalog(source)
    return read_dsl(source.text, in_file(source))


def model_within(node: Node, source: Source) -> PolicyModel:
    """Return the model that is written out in a file of tests, its faults placed in that file."""
    text = node.text("`model`")
    literal = isinstance(node.content, Scalar) and node.content.literal
    return read_dsl(text, _in_block(text, node.place, source) if literal else _in_quotes(node.place))


def _in_block(text: str, place: Place, source: Source) -> Locate:
    """Return how positions are found in a text whose lines are the file's own, moved to the right."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    indent = len(source.line(place.line + 1 + first)) - len(lines[first])

    def locate(position: Position | None) -> Spot:
        if position is None:
            return Spot(place)
        line = place.line + 1 + position.line
        return Spot(replace(place, line=line, column=position.column + 1 + indent), source.line(line))

    return locate


def _in_quotes(place: Place) -> Locate:
    """Return how positions are found in a text that YAML takes apart: only by the text's own lines."""

    def locate(position: Position | None) -> Spot:
        if position is None:
            return Spot(place)
        return Spot(place, within=f"in line {position.line + 1}, column {position.column + 1} of the model, ")

    return locate
