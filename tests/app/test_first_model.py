"""The model that an empty database starts from: by name or by path, in any form that OpenFGA's language has."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from authz_core import parse_dsl, to_json
from delegation.app.preparation import prepare
from delegation.app.secrets_at_rest import NotPrepared
from delegation.settings import Settings
from tests.clock import Clock

MODEL: Final = """model
  schema 1.1
type user
type note
  relations
    define editor: [user]
    define can_edit: editor
"""
MODULE: Final = MODEL.replace("model\n  schema 1.1", "module notes")
MANIFEST: Final = 'schema: "1.2"\ncontents:\n  - notes.fga\n'


def started(directory: Path, policy: str, **changed: Any) -> dict[str, Any]:
    """Return the model that a database has which was prepared with a policy; none of one with a catalog of roles."""
    settings = Settings.model_validate({"data_directory": directory / "data", "policy": policy, **changed})
    asyncio.run(prepare(settings, clock=Clock(), instance="prepare"))
    with closing(sqlite3.connect(directory / "data" / "delegation.db")) as connection:
        found = connection.execute("SELECT document FROM relationship_models").fetchall()
    return json.loads(found[0][0]) if found else {}


def test_a_name_is_a_catalog_or_a_relationship_model(tmp_path: Path) -> None:
    """`saas` starts with roles, and `documents` with relationships: each database with one kind."""
    assert started(tmp_path / "roles", "saas") == {}
    assert "type document" in started(tmp_path / "relationships", "documents")["text"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("mine.fga", {"mine.fga": MODEL}),
        ("mine.json", {"mine.json": json.dumps(to_json(parse_dsl(MODEL)))}),
        ("fga.mod", {"fga.mod": MANIFEST, "notes.fga": MODULE}),
        ("mine.fga.yaml", {"mine.fga.yaml": "model_file: notes.fga\n", "notes.fga": MODEL}),
    ],
)
def test_a_model_is_read_in_each_of_its_forms(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    """A file, a manifest with its modules and a file of tests all start a deployment with the same model."""
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    kept = started(tmp_path, str(tmp_path / name))
    assert to_json(parse_dsl(kept["text"]))["type_definitions"] is not None
    assert "define can_edit: editor" in kept["text"]
    assert kept["delegable"] is None


def test_the_types_to_delegate_on_can_be_named(tmp_path: Path) -> None:
    """What is named is kept with the model, in place of a guess."""
    assert started(tmp_path, "documents", delegable_types="folder")["delegable"] == ["folder"]


@pytest.mark.threat("I18")
@pytest.mark.parametrize(
    ("text", "types", "told"),
    [
        (MODEL.replace("type user", "type person").replace("[user]", "[person]"), None, "`user`"),
        (MODEL.replace("define editor: [user]", "define editor: [stranger]"), None, "stranger"),
        ("nonsense", None, "mine.fga"),
        ("model\n  schema 1.1\ntype user\n", None, "delegable"),
        (MODEL, "user", "`user`"),
        (MODEL, "planet", "planet"),
    ],
)
def test_a_model_that_cannot_serve_starts_nothing(tmp_path: Path, text: str, types: str | None, told: str) -> None:
    """A model without people, without anything to delegate on, or that means nothing, is refused before the start."""
    file = tmp_path / "mine.fga"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotPrepared) as caught:
        started(tmp_path, str(file), delegable_types=types)
    assert told in str(caught.value)
    with closing(sqlite3.connect(tmp_path / "data" / "delegation.db")) as connection:
        assert connection.execute("SELECT count(*) FROM heads").fetchall() == [(0,)]
