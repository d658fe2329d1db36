"""A file's references stay in its directory unless somebody allows otherwise."""

import os
from pathlib import Path

import pytest

from tests.policy_files.desk import MODEL, Desk

TUPLES = '[{"user": "user:ann", "relation": "viewer", "object": "document:1"}]'


@pytest.fixture
def outside(desk: Desk) -> Path:
    """A file of tuples outside the directory of the policy."""
    return desk.put("outside/tuples.json", TUPLES)


@pytest.mark.parametrize("key", ["tuple_file: %s", "tuple_files: [%s]", "tests:\n  - tuple_file: %s"])
def test_a_reference_does_not_lead_out(desk: Desk, outside: Path, key: str) -> None:
    """Neither an absolute path, nor `..`, nor a link leads out of the directory; with leave, each does."""
    inside = desk.tests("", "inside/a.fga.yaml").parent
    (inside / "link.json").symlink_to(outside)
    (inside / "way").symlink_to(outside.parent)
    (inside / "deep").mkdir()
    for reference in (
        str(outside),
        "../outside/tuples.json",
        "deep/../../outside/tuples.json",
        "link.json",
        "way/tuples.json",
    ):
        path = desk.tests(f"{key % reference}\n", "inside/a.fga.yaml")
        (fault,) = desk.faults(path)
        assert "leads out of the directory" in fault
        assert desk.faults(path, external=True) == []


def test_a_link_within_the_directory_is_followed(desk: Desk) -> None:
    """A link that stays inside is as good as the file; so is a directory that is itself reached by a link."""
    desk.put("inside/tuples.json", TUPLES)
    (desk.folder / "inside" / "link.json").symlink_to("tuples.json")
    desk.tests("tuple_file: link.json\n", "inside/a.fga.yaml")
    (desk.folder / "way").symlink_to("inside")
    assert desk.faults(desk.folder / "way" / "a.fga.yaml") == []


def test_only_regular_files_are_read(desk: Desk) -> None:
    """A pipe is not waited for, and neither a directory nor a device is read."""
    os.mkfifo(desk.folder / "pipe.json")
    (desk.folder / "loop.json").symlink_to("loop.json")
    (desk.folder / "null.json").symlink_to("/dev/null")
    references = "[pipe.json, ., loop.json, null.json, 'a\\0b']".replace("'a\\0b'", '"a\\0b.json"')
    path = desk.tests(f"tuple_files: {references}\n")
    told = desk.faults(path)
    assert [each.split("` ")[1].split(":")[0] for each in told[:2]] == ["is no regular file", "is no regular file"]
    assert len(told) == 5
    assert any("`null.json` is no regular file" in each for each in desk.faults(path, external=True))
    assert desk.faults(desk.folder / "pipe.json") == ["pipe.json: the file is no regular file"]


def test_a_manifest_is_confined_to_its_own_directory(desk: Desk) -> None:
    """The modules of a manifest lie beneath it, whoever refers to it."""
    desk.put("outside/core.fga", "module core\n\ntype user\n")
    manifest = desk.put("inside/model/fga.mod", 'schema: "1.2"\ncontents:\n  - core.fga\n')
    (manifest.parent / "core.fga").symlink_to(desk.folder / "outside" / "core.fga")
    path = desk.put("inside/a.fga.yaml", "model_file: model/fga.mod\n")
    assert [each.split(": ")[0] for each in desk.faults(path)] == ["inside/model/fga.mod:3:5"]
    assert desk.faults(path, external=True) == []


def test_a_model_file_is_confined_too(desk: Desk) -> None:
    """A model, too, lies in the directory of the tests."""
    desk.put("model.fga", MODEL)
    path = desk.put("inside/a.fga.yaml", "model_file: ../model.fga\n")
    assert desk.faults(path) == [
        "inside/a.fga.yaml:1:13: `../model.fga` leads out of the directory of the file that names it"
    ]
    assert desk.faults(path, external=True) == []
