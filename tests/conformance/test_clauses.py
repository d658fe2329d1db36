"""The files of clauses are read strictly."""

from pathlib import Path

import pytest

from tests.conformance.clauses import ClauseError, load

HEAD = 'number = "1"\nname = "RFC 1"\ntitle = "Host software"\naddress = "https://example.org/"\n'
KEPT = '[[clause]]\nid = "a"\nsection = "2"\nlevel = "MUST"\nstance = "kept"\ntext = "It is so."\n'


def test_the_shipped_files_can_be_read() -> None:
    """Every shipped file of clauses is well formed, and they come in the order of their numbers."""
    numbers = [int(number) for number in load() if number.isdecimal()]

    assert numbers == sorted(numbers)
    assert "8693" in load()


@pytest.mark.parametrize(
    "wrong",
    [
        HEAD,
        HEAD + KEPT + KEPT,
        HEAD + KEPT.replace("MUST", "must"),
        HEAD + KEPT.replace("kept", "ignored"),
        HEAD + KEPT.replace("kept", "departed"),
        HEAD + KEPT + 'reason = "because"\n',
        HEAD + KEPT + 'note = "unknown"\n',
        HEAD.replace("title", "heading") + KEPT,
    ],
    ids=[
        "no clause",
        "a clause twice",
        "unknown level",
        "unknown stance",
        "departed without reason",
        "kept with reason",
        "unknown member of a clause",
        "unknown member of the document",
    ],
)
def test_a_file_that_leaves_anything_to_guess_is_refused(tmp_path: Path, wrong: str) -> None:
    """A file of clauses with a missing, unknown or contradictory member is refused by name."""
    (tmp_path / "rfc1.toml").write_text(wrong, "utf-8")

    with pytest.raises(ClauseError, match=r"rfc1\.toml"):
        load(tmp_path)
