"""The walk speaks well in a terminal of any width and in a pipe."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from examples.walk.ledger import Noted
from examples.walk.narration import Narrator

NOTED = Noted(
    begun=1,
    ended=4,
    who="planner",
    bearer="eyJ..abcdef",
    method="POST",
    path="/organizations/acme/assignments?principal=user%3Aanne",
    sent={
        "grant_type": "not telling",
        "resource": "http://127.0.0.1:8401",
        "authorization_details": '[{"identifier": "project:apollo", "privileges": ["a", "b"]}]',
    },
    status=403,
    got={"detail": "the token does not reach", "failing": {"term": "delegation"}, "active": False},
)


def narrated(**console: object) -> str:
    """Return what a narrator writes to such a console."""
    file = io.StringIO()
    narrator = Narrator(Console(file=file, highlight=False, **console))  # type: ignore[arg-type]  # any of its options
    narrator.step(3, "planner does something that takes a long sentence to tell in full")
    narrator.wire([NOTED, replace(NOTED, begun=2, ended=3, who="documents", sent=None, bearer=None, status=200)])
    narrator.remark("ok: " + "done " * 30, style="green")
    return file.getvalue()


def test_in_a_pipe_each_thing_said_is_one_plain_line() -> None:
    """Nothing is wrapped or coloured, so that lines can be searched and compared."""
    request = "POST /organizations/acme/assignments?principal=user:anne"
    answer = 'active=false detail="the token does not reach" failing.term=delegation'
    assert narrated(width=40).splitlines() == [
        "",
        " 3  planner does something that takes a long sentence to tell in full",
        (
            f"      planner       > {request} bearer=eyJ..abcdef"
            " resource=http://127.0.0.1:8401 identifier=project:apollo privileges=[a b]"
        ),
        f"      documents     > {request}",
        f"      documents     < 200 {answer}",
        f"      planner       < 403 {answer}",
        "    ok:" + " done" * 30,
    ]


@pytest.mark.parametrize("width", [40, 60, 200])
def test_in_a_terminal_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Long lines are wrapped beneath their own beginning."""
    plain = narrated(width=width, force_terminal=True, color_system=None)
    assert max(len(line) for line in plain.splitlines()) <= width
    assert all(line.startswith("    ") for line in plain.splitlines()[5:] if line.strip())


def test_colour_is_left_out_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR means no colour, in a terminal too."""
    coloured = narrated(force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" in coloured
    assert "\x1b[3" not in narrated(force_terminal=True, color_system="standard")
