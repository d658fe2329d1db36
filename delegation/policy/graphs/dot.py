"""Graphviz's DOT language: texts that may hold anything, nodes, edges and clusters."""

from collections.abc import Iterable, Iterator


def dot_text(text: str) -> str:
    r"""Return the text as DOT quotes it, so that nothing in it ends the quotes or means something to Graphviz.

    A backslash would begin an escape such as `\N`, and an ampersand an entity such as `&lt;`.
    """
    shown = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") + '"'


def dot_node(name: str, **attributes: str) -> str:
    """Return the line that makes a node."""
    return f"{dot_text(name)}{_listed(attributes)};"


def dot_edge(source: str, target: str, **attributes: str) -> str:
    """Return the line that makes an edge."""
    return f"{dot_text(source)} -> {dot_text(target)}{_listed(attributes)};"


def dot_cluster(number: int, label: str, lines: Iterable[str]) -> Iterator[str]:
    """Iterate over the lines of a frame with a label."""
    yield f"subgraph cluster_{number} {{"
    yield f"  label={dot_text(label)};"
    yield from (f"  {line}" for line in lines)
    yield "}"


def dot_graph(name: str, lines: Iterable[str]) -> str:
    """Return a whole graph, drawn from left to right."""
    inner = ["rankdir=LR;", 'node [fontname="Helvetica"];', 'edge [fontname="Helvetica", fontsize=10];', *lines]
    return "\n".join([f"digraph {dot_text(name)} {{", *(f"  {line}" for line in inner), "}", ""])


def _listed(attributes: dict[str, str]) -> str:
    return f" [{', '.join(f'{key}={dot_text(value)}' for key, value in attributes.items())}]" if attributes else ""
