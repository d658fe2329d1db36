"""Models as graphs: types are frames, relations are nodes, and edges say how rights come about."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Computed, FromParent, Model
from delegation.policy import graph
from delegation.policy.graphs.dot import dot_edge, dot_graph, dot_text
from delegation.policy.graphs.model_graph import model_graph
from tests.policy_files.desk import CATALOG, Desk

MODEL = """\
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define viewer: [user]
type document
  relations
    define parent: [folder with near]
    define editor: [user, user:*, group#member with near]
    define viewer: editor or viewer from parent
    define signer: [user]
    define reader: (viewer or signer) but not blocked
    define blocked: [user]
    define checker: editor and signer
    define auditor: (editor and signer) but not blocked
condition near(ip: ipaddress) { ip.in_cidr("10.0.0.0/8") }
"""
EDGE = re.compile(r'^  "(.*)" -> "(.*)" \[label="([^"]*)"(, style="dashed")?\];$')


def edges(drawn: str) -> set[tuple[str, str, str]]:
    """Source, target and label of every edge; one that is dashed begins with a minus."""
    found = filter(None, map(EDGE.match, drawn.splitlines()))
    return {(each[1], each[2], f"-{each[3]}" if each[4] else each[3]) for each in found}


def test_a_model_is_drawn(desk: Desk) -> None:
    """Every way by which somebody gets a relation is an edge, with how and on which condition."""
    drawn = graph(desk.read(desk.put("m.fga", MODEL)))
    assert edges(drawn) == {
        ("user", "group#member", "direct"),
        ("group#member", "group#member", "direct"),
        ("user", "folder#viewer", "direct"),
        ("folder", "document#parent", "direct with near"),
        ("user", "document#editor", "direct"),
        ("user:*", "document#editor", "direct"),
        ("group#member", "document#editor", "direct with near"),
        ("document#editor", "document#viewer", "computed"),
        ("folder#viewer", "document#viewer", "from parent with near"),
        ("user", "document#signer", "direct"),
        ("document#reader but not 1", "document#reader", "exclusion"),
        ("document#reader but not 1 or 2", "document#reader but not 1", "union, base"),
        ("document#viewer", "document#reader but not 1 or 2", "computed"),
        ("document#signer", "document#reader but not 1 or 2", "computed"),
        ("document#blocked", "document#reader but not 1", "-computed, subtracted"),
        ("user", "document#blocked", "direct"),
        ("document#checker and 3", "document#checker", "intersection"),
        ("document#editor", "document#checker and 3", "computed"),
        ("document#signer", "document#checker and 3", "computed"),
        ("document#auditor but not 4", "document#auditor", "exclusion"),
        ("document#auditor but not 4 and 5", "document#auditor but not 4", "intersection, base"),
        ("document#editor", "document#auditor but not 4 and 5", "computed"),
        ("document#signer", "document#auditor but not 4 and 5", "computed"),
        ("document#blocked", "document#auditor but not 4", "-computed, subtracted"),
    }
    assert drawn.count("subgraph cluster_") == 4


def test_a_catalog_is_drawn(desk: Desk) -> None:
    """Of a catalog there are types beneath types and roles with what they contain; administration is dashed."""
    catalog = CATALOG.replace('"workspace:manage"]', '"workspace:manage"]\nadministrative = ["workspace:manage"]')
    drawn = graph(desk.read(desk.put("m.toml", catalog)))
    assert edges(drawn) == {
        ("type organization", "type workspace", "parent"),
        ("role viewer", "permission workspace:view", "contains"),
    }
    assert '"permission workspace:manage" [label="workspace:manage", shape="ellipse", style="dashed"];' in drawn


def unquoted(text: str) -> str:
    """What Graphviz makes of a quoted text: its lexer first, then escapes and entities of labels."""
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', text, re.DOTALL)
    inner = text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return inner.replace("&amp;", "&")


@given(st.text())
def test_no_name_ends_its_quotes(text: str) -> None:
    """Whatever a name is made of, it stays one quoted text on one line, and is shown as it is."""
    quoted = dot_text(text)
    assert quoted.isprintable()
    if text.isprintable():
        assert unquoted(quoted) == text
    assert dot_edge(text, text).count("->") == 1 + 2 * text.count("->")


def test_names_cannot_add_to_a_graph() -> None:
    """A name that looks like DOT is a name."""
    drawn = dot_graph('x"]; evil [label="', [dot_edge('a"', "b\\", label="c\n</svg>&lt;\\N")])
    assert drawn.splitlines()[0] == r'digraph "x\"]; evil [label=\"" {'
    assert drawn.splitlines()[-2] == r'  "a\"" -> "b\\" [label="c\\u000a</svg>&amp;lt;\\N"];'


def test_the_command_writes_the_graph(desk: Desk) -> None:
    """`graph` writes DOT, with and without `--dot`."""
    desk.put("m.fga", MODEL)
    said = desk.type("graph", "m.fga")
    assert (said.code, said.out) == (0, graph(desk.read(desk.folder / "m.fga")).replace(f"{desk.folder}/", ""))
    assert desk.type("graph", "--dot", "m.fga").out == said.out


def test_without_graphviz_there_is_no_picture(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Graphviz is not installed, `--svg` says what to install."""
    desk.put("m.fga", MODEL)
    monkeypatch.setenv("PATH", str(desk.folder))
    said = desk.type("graph", "--svg", "m.fga")
    assert (said.code, said.out) == (1, "")
    assert "install the package `graphviz`" in said.err


def graphviz(folder: Path, script: str) -> None:
    """Put a program in the place of Graphviz's."""
    file = folder / "dot"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_graphviz_draws_the_picture(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphviz gets the graph on its standard input, and what it draws is written."""
    desk.put("m.fga", MODEL)
    graphviz(desk.folder, 'echo "<svg>$1"; grep -c digraph')
    monkeypatch.setenv("PATH", f"{desk.folder}:/usr/bin:/bin")
    said = desk.type("graph", "--svg", "m.fga")
    assert (said.code, said.out) == (0, "<svg>-Tsvg\n1\n")


def test_graphviz_may_not_be_what_it_seems(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that cannot be started is told as Graphviz failing."""
    desk.put("m.fga", MODEL)
    graphviz(desk.folder, "")
    (desk.folder / "dot").write_text("#!/nowhere/at/all\n")
    monkeypatch.setenv("PATH", str(desk.folder))
    said = desk.type("graph", "--svg", "m.fga")
    assert (said.code, said.err.startswith("Error: Graphviz fails: ")) == (1, True)


def test_what_confers_nothing_is_drawn_too() -> None:
    """A model built by a program may follow what is no list, and is drawn without failing."""
    model = Model(types={"user": {}, "a": {"x": Computed("y"), "y": FromParent("x", "x")}})
    assert edges(model_graph("m", model)) == {("a#y", "a#x", "computed")}


@pytest.mark.parametrize(("script", "told"), [("echo broken >&2; exit 3", "broken"), ("exit 3", "3")])
def test_graphviz_may_fail(desk: Desk, monkeypatch: pytest.MonkeyPatch, script: str, told: str) -> None:
    """What Graphviz says when it fails is handed on."""
    desk.put("m.fga", MODEL)
    graphviz(desk.folder, script)
    monkeypatch.setenv("PATH", f"{desk.folder}:/usr/bin:/bin")
    said = desk.type("graph", "--svg", "m.fga")
    assert (said.code, said.err) == (1, f"Error: Graphviz fails: {told}\n")
