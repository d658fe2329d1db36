"""Drawing a policy: as DOT by ourselves, as a picture by Graphviz where it is installed."""

import shutil
import subprocess

from authz_core import Catalog
from delegation.policy.graphs.catalog_graph import catalog_graph
from delegation.policy.graphs.model_graph import model_graph
from delegation.policy.questions import PolicyFile

_PATIENCE = 60  # seconds for Graphviz to lay out a large model


class NotDrawn(Exception):
    """Graphviz is not there, or fails."""


def graph(policy: PolicyFile) -> str:
    """Return the policy's model as a graph in DOT."""
    written = policy.model.written
    if isinstance(written, Catalog):
        return catalog_graph(policy.name, written)
    return model_graph(policy.name, policy.model.model)


def picture(graph: str) -> str:
    """Return a graph as SVG, as Graphviz draws it; raise `NotDrawn` where that is impossible."""
    program = shutil.which("dot")
    if program is None:
        raise NotDrawn(
            "pictures are drawn by Graphviz, whose program `dot` is not on the PATH: "
            "install the package `graphviz` (apt install graphviz, brew install graphviz), or ask for `--dot`"
        )
    # Called by the name under which it was found: on Debian that is a link, and what it leads to asks for its name.
    try:
        done = subprocess.run(  # noqa: S603 - Graphviz, found where programs are; the graph goes to its standard input
            [program, "-Tsvg"],
            input=graph,
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDrawn(f"Graphviz fails: {error}") from None
    if done.returncode:
        raise NotDrawn(f"Graphviz fails: {done.stderr.strip() or done.returncode}")
    return done.stdout
