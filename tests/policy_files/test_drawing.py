"""What is drawn is what Graphviz understands: the real program, not a stand-in."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from delegation.policy.graphs.dot import dot_edge, dot_graph, dot_node

POLICIES = Path(__file__).parents[2] / "policies"
DRAWABLE = sorted([*POLICIES.glob("*.fga"), *POLICIES.glob("*.toml")])
HOSTILE = ('x"]; evil [label="', "a\\", "<b>&amp;</b>", "\\N", "%s", "é→", "-->", "node")


@pytest.fixture
def dot() -> str:
    """Return where Graphviz is."""
    found = shutil.which("dot")
    if found is None:
        pytest.skip("Graphviz is not installed: apt-get install graphviz")
    return found


def labels(svg: str) -> set[str]:
    """Return the texts that stand in a drawing."""
    return {"".join(element.itertext()) for element in fromstring(svg).iter() if element.tag.endswith("text")}  # noqa: S314 - drawn by ourselves


@pytest.mark.slow
@pytest.mark.usefixtures("dot")
@pytest.mark.parametrize("policy", DRAWABLE, ids=lambda path: path.name)
def test_graphviz_draws_every_policy(policy: Path) -> None:
    """`delegation policy graph --svg` draws each policy that we ship, with a box for its root."""
    command = [sys.executable, "-m", "delegation", "policy", "graph", "--svg", str(policy)]
    svg = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    assert {"organization" if policy.suffix == ".toml" or policy.stem == "tenants" else "folder"} <= labels(svg)


@pytest.mark.slow
def test_graphviz_reads_any_name_as_it_is(dot: str) -> None:
    """A name that would end a statement elsewhere stands in the drawing as the text that it is."""
    nodes = [dot_node(name, label=name) for name in HOSTILE]
    drawn = dot_graph("hostile", [*nodes, *(dot_edge(name, "x", label=f"{name}!") for name in HOSTILE)])
    svg = subprocess.run([dot, "-Tsvg"], input=drawn, check=True, capture_output=True, text=True, timeout=60).stdout

    assert {text for name in HOSTILE for text in (name, f"{name}!")} <= labels(svg)
