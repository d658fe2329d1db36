"""Modular models: a manifest `fga.mod` and the module files that it lists."""

from typing import Final

from authz_core import InvalidDocument, Position, merge_modules, module_path
from delegation.policy.faults import Fault, Gathering, InvalidPolicy, Place, quoted
from delegation.policy.models import Locate, PolicyModel, Spot, in_file, read_document
from delegation.policy.sources import Folder, Source
from delegation.policy.values.nodes import Node
from delegation.policy.values.strict_yaml import read_yaml

SCHEMA: Final = "1.2"
_KEYS: Final = frozenset({"schema", "contents"})


def read_modules(manifest: Source, folder: Folder) -> PolicyModel:
    """Return the model that the manifest's modules mean together; the folder is the manifest's own."""
    table = read_yaml(manifest).table("`fga.mod`", _KEYS)
    _validate_schema(table.need("schema"))
    listed = _listed(table.need("contents"))
    gathering = Gathering()
    sources: dict[str, Source] = {}
    for name, place in listed.items():
        with gathering.part():
            sources[name] = folder.read(name, place)
    gathering.finish()
    texts = {name: source.text for name, source in sources.items()}
    return read_document("modular OpenFGA model", lambda: merge_modules(texts), _in_modules(sources, manifest))


def _validate_schema(node: Node) -> None:
    if node.json() != SCHEMA:
        raise node.fault(f'`schema` is the text `"{SCHEMA}"`, in quotes, not {node.kind}')


def _listed(node: Node) -> dict[str, Place]:
    """Return the files that the manifest names, each with the place where it does."""
    gathering = Gathering()
    listed: dict[str, Place] = {}
    for item in node.items("`contents`"):
        with gathering.part():
            name = _name(item)
            if name in listed:
                raise item.fault(f"{quoted(name)} is listed already, at {listed[name]}")
            listed[name] = item.place
    gathering.finish()
    if not listed:
        raise node.fault("`contents` lists no file")
    return listed


def _name(node: Node) -> str:
    try:
        return module_path(node.text("a path in `contents`"))
    except InvalidDocument as error:
        faults = [f"{fault.message}, expected {fault.expected}" for fault in error.faults]
        raise InvalidPolicy(*(Fault(node.place, fault) for fault in faults)) from None


def _in_modules(sources: dict[str, Source], manifest: Source) -> Locate:
    """Return how positions are found in modules; what has none there is the manifest's fault."""

    def locate(position: Position | None) -> Spot:
        if position is None or position.file not in sources:
            return Spot(Place(manifest.name))
        return in_file(sources[position.file])(position)

    return locate
