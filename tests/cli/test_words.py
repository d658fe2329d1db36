"""What the command line understands, what it says, and how it ends."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from delegation.directory.commands import COMMANDS
from tests.cli.terminal import Said, Terminal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
CANARY = "canary-that-nobody-may-see"
STOPS = """
[[command]]
do = "register-agent"
id = "a"
secret = true

[[command]]
do = "delete-role"
slug = "none"

[[command]]
do = "create-user"
id = "never"
"""


def assert_told_in_one_line(said: Said, *words: str) -> None:
    """Fail unless a command failed, with one line on standard error that holds these words and no secret."""
    assert said.code == 1
    assert said.err.startswith("Error: ")
    assert said.err.count("\n") == 1
    assert all(word in said.err for word in words), said.err
    assert CANARY not in said.err + said.out


@pytest.mark.parametrize("words", [(), ("run",), ("apply",), ("do",), ("commands",), ("audit",), ("audit", "verify")])
@pytest.mark.parametrize("ask", ["-h", "--help"])
def test_help_says_what_a_command_is_for(terminal: Terminal, words: tuple[str, ...], ask: str) -> None:
    """Every command explains itself, and asking does nothing."""
    said = terminal.type(*words, ask)
    assert said.code == 0
    assert said.out.startswith("Usage: ")
    assert len(said.out.splitlines()) > 3
    assert not terminal.directory.exists()


def test_commands_are_listed_with_their_fields(terminal: Terminal) -> None:
    """`delegation commands` names every command, what it does, its fields, and which of them may be left out."""
    said = terminal.type("commands")
    assert said.code == 0
    for name, form in COMMANDS.items():
        listed = said.out.split(f"{name}: ", 1)[1].splitlines()
        assert listed[0] == (form.__doc__ or "").splitlines()[0]
        assert listed[1 : 1 + len(form.model_fields)] == [
            f"    {field}{'' if about.is_required() else ' (optional)'}" for field, about in form.model_fields.items()
        ]


def test_doing_answers_in_json(terminal: Terminal) -> None:
    """A command that succeeds says what is true now, and at which revision."""
    assert terminal.type("do", "create-user", "id=anne", "name=Anne A.").answer == {
        "do": "create-user",
        "id": "anne",
        "name": "Anne A.",
        "status": "active",
        "revision": 1,
    }


def test_what_exists_is_left_as_it_is(terminal: Terminal) -> None:
    """To make what exists already is no failure, and changes nothing."""
    terminal.type("do", "create-user", "id=anne", "name=first")
    again = terminal.type("do", "create-user", "id=anne", "name=second").answer
    assert again.keys() == {"do", "left_as_it_is"}


def test_what_was_deleted_does_not_count_as_existing(terminal: Terminal) -> None:
    """To make what existed once is a failure: the name is not given again."""
    terminal.type("do", "create-user", "id=anne")
    terminal.type("do", "set-user-status", "user=anne", "status=deleted")
    assert_told_in_one_line(terminal.type("do", "create-user", "id=anne"), "anne")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("do", "create-user", "anne"), "anne"),
        (("do", "create-user"), "id"),
        (("do", "create-user", "id=5"), "id"),
        (("do", "create-user", "id=a b"), "id"),
        (("do", "create-user", "id=anne", "role=king"), "role"),
        (("do", "delete-organization", "organization=none"), "organization"),
        (("do", "register-agent", "id=a", f'secret="{CANARY[:9]}"'), "secret"),
        (("do", "register-agent", "id=a", f'jwks={{"keys": [{{"k": "{CANARY}", "kty": "oct"}}]}}'), "jwks"),
        (("do", "admit-agent", "organization=none", "agent=a", "ceiling=none"), "agent"),
    ],
)
def test_a_command_that_is_refused_says_why(terminal: Terminal, words: tuple[str, ...], told: str) -> None:
    """A refusal is one line that names what is wrong, and a failing exit code."""
    assert_told_in_one_line(terminal.type(*words), told)


def test_a_conflict_that_is_no_repetition_is_a_failure(terminal: Terminal) -> None:
    """What clashes with what is there, but does not exist already, is refused aloud."""
    terminal.type("do", "create-organization", "id=acme")
    terminal.type("do", "create-resource", "organization=acme", "resource=workspace:w")
    terminal.type("do", "create-resource", "organization=acme", "resource=project:p", "parent=workspace:w")
    terminal.type("do", "register-agent", "id=a", "secret=true")
    ceiling = 'ceiling=[{"resource": "workspace:w", "roles": ["app-viewer"]}]'
    for words in (
        ("delete-resource", "organization=acme", "resource=workspace:w"),
        ("admit-agent", "organization=acme", "agent=a", ceiling),
        ("create-user", "id=a"),
        ("put-role", "slug=org-x", "type=project", "permissions=[]"),
    ):
        assert_told_in_one_line(terminal.type("do", *words))


def test_an_unknown_command_is_a_failure(terminal: Terminal) -> None:
    """A command that there is not is refused with the list of those that there are."""
    said = terminal.type("do", "crown-king", "id=anne")
    assert said.code == 2
    assert all(name in said.err for name in ("crown-king", *COMMANDS))


def test_the_page_for_operators_shows_a_file_that_can_be_applied_twice(terminal: Terminal, tmp_path: Path) -> None:
    """The file in the documentation does what it says, and the second time changes nothing that exists."""
    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    file = tmp_path / "seed.toml"
    file.write_text(block)
    first, second = (terminal.type("apply", str(file)) for _ in range(2))
    assert [answer.get("revision") for answer in first.answers] == [1, 1, 2, 3, 4]
    assert ["left_as_it_is" in answer for answer in second.answers] == [True, True, False, True, False]
    assert terminal.type("audit", "verify").code == 0


def test_a_file_stops_at_the_first_refusal_and_tells_what_came_before(terminal: Terminal, tmp_path: Path) -> None:
    """What was done before a refusal stays done and was told, secrets included; what follows is not tried."""
    file = tmp_path / "seed.toml"
    file.write_text(STOPS)
    said = terminal.type("apply", str(file))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert [(answer["do"], len(answer["client_secret"]) > 40) for answer in said.answers] == [("register-agent", True)]
    assert "left_as_it_is" not in terminal.type("do", "create-user", "id=never").answer


def test_a_server_is_not_started_on_a_seed_that_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """Where the commands to apply first are refused, nothing is served."""
    file = tmp_path / "seed.toml"
    file.write_text(STOPS)
    said = terminal.type("run", "--port", "1", "--seed", str(file))
    assert said.code == 1
    assert said.err == "Error: no environment role `none`\n"


@pytest.mark.parametrize(
    "text",
    [
        "[[commands]]\ndo = 'create-user'\nid = 'x'",
        "command = 5",
        "command = [5]",
        "command = 'create-user'",
        "do = 'create-user'\nid = 'x'",
        "[command]\ndo = 'create-user'\nid = 'x'",
        "[[command]]\nid = 'x'",
        "[[command]]\ndo = 5",
        "[[command]]\ndo = 'crown-king'",
        "[[command]]\ndo = 'create-user'\nid = 2030-01-01",
        "[[command]]\ndo = 'create-user'\nid = inf",
        "[[command]]\ndo = 'create-user'\nid = 'x'\nid = 'y'",
        "[[command]",
        "\udcff",
    ],
)
def test_a_file_that_makes_no_sense_is_refused(terminal: Terminal, tmp_path: Path, text: str) -> None:
    """A file that is no list of commands, or misspells one, is refused aloud."""
    file = tmp_path / "seed.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    assert_told_in_one_line(terminal.type("apply", str(file)))


@pytest.mark.threat("I18")
@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DELEGATION_ISSUER", "http://as.example", "DELEGATION_ISSUER: must be an https URL"),
        ("DELEGATION_PORT", CANARY, "DELEGATION_PORT: "),
        ("DELEGATION_MASTER_KEY", CANARY, "the master key must be 32 bytes"),
        ("DELEGATION_MASTER_KEY_FILE", "/nowhere/at/all", "DELEGATION_MASTER_KEY_FILE: "),
        ("DELEGATION_ADMINISTRATOR_SECRET", CANARY[:6], "the administrator's secret"),
        ("DELEGATION_ADMINISTRATOR_SECRET_FILE", "/dev", "DELEGATION_ADMINISTRATOR_SECRET_FILE: "),
        ("DELEGATION_DATABASE_URL", f"mysql://u:{CANARY}@h/d", "`mysql` is no database"),
        ("DELEGATION_DATABASE_URL", CANARY, "cannot be read"),
        ("DELEGATION_DATABASE_URL", "sqlite:////nowhere/at/all.db", "does not exist"),
        ("DELEGATION_DATABASE_URL", f"postgresql://u:{CANARY}@127.0.0.1:1/d", "the database"),
        ("DELEGATION_DATABASE_URL_FILE", "/nowhere/at/all", "DELEGATION_DATABASE_URL_FILE: "),
        ("DELEGATION_WORKERS", "65", "DELEGATION_WORKERS: "),
        ("DELEGATION_MASTERKEY", CANARY, "did you mean `DELEGATION_MASTER_KEY`?"),
        ("DELEGATION_POLICY", "nowhere", "no policy `nowhere`"),
        ("DELEGATION_DATA_DIRECTORY", "/dev/null", "/dev/null: "),
        ("DELEGATION_DATA_DIRECTORY", "/dev/null/x", "/dev/null/x: "),
    ],
)
@pytest.mark.parametrize("words", [("run",), ("do", "create-user", "id=anne")])
def test_what_is_configured_wrongly_is_told_in_one_line(
    terminal: Terminal, words: tuple[str, ...], variable: str, value: str, told: str
) -> None:
    """Neither the server nor a command starts on a wrong configuration, and the one line names what is wrong."""
    assert_told_in_one_line(terminal.type(*words, **{variable: value}), told)


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--host", "as.internal", "--port", "9000")])  # noqa: S104 - refused
def test_plain_http_is_not_served_to_others_by_accident(terminal: Terminal, words: tuple[str, ...]) -> None:
    """Whoever listens beyond loopback has to say what the public URL is."""
    assert_told_in_one_line(terminal.type("run", *words), "DELEGATION_ISSUER")


def test_a_missing_driver_is_told_in_one_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL is configured and its driver is not installed, the one line says what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = terminal.type("run", DELEGATION_DATABASE_URL=f"postgresql://u:{CANARY}@127.0.0.1:1/d")
    assert_told_in_one_line(said, "pip install 'delegation-service[postgresql]'")


def test_the_program_itself_fails_without_a_traceback(tmp_path: Path) -> None:
    """As a process of its own, too, a failure is one line and an exit code."""
    program = ["env", f"DELEGATION_DATA_DIRECTORY={tmp_path}", sys.executable, "-m", "delegation"]
    done = subprocess.run([*program, "do", "create-user"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: `id`: Field required\n")


def test_answers_can_be_read_by_programs(terminal: Terminal, tmp_path: Path) -> None:
    """What `apply` prints is one JSON object a line, and nothing else."""
    file = tmp_path / "seed.toml"
    file.write_text('[[command]]\ndo = "create-user"\nid = "anne"\nname = "Änne \\"A\\""')
    said = terminal.type("apply", str(file))
    assert [json.loads(line)["name"] for line in said.out.splitlines()] == ['Änne "A"']
    assert said.err == ""
