"""What YAML and JSON would let pass, or turn into something else, is taken as it is written or refused."""

import time

import pytest

from delegation.policy import NothingFound, policy_files
from tests.policy_files.desk import MODEL, Desk, indented

CHECK = (
    "tests:\n  - check:\n      - {user: 'user:ann', object: 'document:1', context: %s, assertions: {viewer: false}}\n"
)


def context(desk: Desk, text: str) -> object:
    """The context that is understood where the text is written."""
    (test,) = desk.read(desk.tests(CHECK % text)).tests
    return test.assertions[0].context


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("{}", {}),
        ("~", {}),
        ("{a: 2024-01-01T00:00:00Z}", {"a": "2024-01-01T00:00:00Z"}),
        ("{a: 12:30}", {"a": "12:30"}),
        ("{a: 'yes', b: \"010\"}", {"a": "yes", "b": "010"}),
        ("{a: true, b: False, c: null, d: ~}", {"a": True, "b": False, "c": None, "d": None}),
        ("{a: 10, b: -1.5, c: 1e3, d: .5, e: 0}", {"a": 10, "b": -1.5, "c": 1000.0, "d": 0.5, "e": 0}),
        ("{a: [1, {b: x}], '': z}", {"a": [1, {"b": "x"}], "": "z"}),
        ("{a: &x [1], b: *x}", {"a": [1], "b": [1]}),
        ("{1: a}", {"1": "a"}),
        ("{a: 10.0.0.1, b: '::1'}", {"a": "10.0.0.1", "b": "::1"}),
        ("{a: =, b: v1.0, c: 0.10.0}", {"a": "=", "b": "v1.0", "c": "0.10.0"}),
    ],
)
def test_values_are_what_json_would_say(desk: Desk, text: str, understood: object) -> None:
    """A context holds what the same text means in JSON; times and versions are texts."""
    assert context(desk, text) == understood


@pytest.mark.parametrize(
    "text", ["yes", "No", "ON", "off", "y", "N", "010", "0x1F", "0o7", "1_000", ".inf", "-.NaN", "1e999"]
)
def test_what_readers_of_yaml_disagree_about_is_refused(desk: Desk, text: str) -> None:
    """A value that is one thing in YAML 1.1 and another in 1.2 has to be written otherwise."""
    (fault,) = desk.faults(desk.tests(CHECK % f"{{a: {text}}}"))
    assert fault.startswith("a.fga.yaml:16:63: `")
    assert fault.endswith("put it in quotes")


def test_names_are_the_text_that_is_written(desk: Desk) -> None:
    """Where a text is wanted nothing is converted: a name may look like a number, a truth or a date."""
    path = desk.tests("name: 2024-01-01\ntests:\n  - {name: 010, description: yes}\n  - {name: 1.10}\n")
    policy = desk.read(path)
    assert (policy.name, [test.name for test in policy.tests]) == ("2024-01-01", ["010", "1.10"])
    assert policy.tests[0].description == "yes"


def test_nothing_is_as_good_as_not_there(desk: Desk) -> None:
    """A key without a value counts as missing."""
    policy = desk.read(desk.tests("name:\ntuples:\ntuple_file: ~\ntuple_files:\ntests: null\n"))
    assert (policy.name, policy.facts, policy.tests) == ("a.fga.yaml", (), ())


def test_repetition_is_bounded_and_quick(desk: Desk) -> None:
    """What is repeated counts each time, so a small file cannot stand for a huge one."""
    levels = "".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    path = desk.tests(f"tuples:\n  - &a0 [x]\n{levels}")
    begun = time.monotonic()
    (fault,) = desk.faults(path)
    assert fault.endswith("the document holds more than 1000000 values")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "a: " + "[" * 65])
def test_nesting_is_bounded(desk: Desk, text: str) -> None:
    """Lists and tables lie at most 64 deep in each other, and deeper ones cost no stack."""
    (fault,) = desk.faults(desk.put("a.fga.yaml", text))
    assert fault.endswith("lists and tables lie more than 64 deep in each other")


def test_json_is_as_strict(desk: Desk) -> None:
    """JSON is bounded too: depth, numbers that are none, and texts that are no values."""
    deep = desk.put("deep.jsonl", "[" * 100_000)
    for name, text in (
        ("odd.jsonl", '{"user": NaN}\n'),
        ("deeper.jsonl", f'{{"user": {"[" * 70}{"]" * 70}}}\n'),
        ("open.json", '[{"user": "x"} {"user": "y"}]'),
        ("more.json", "[] []"),
        ("none.json", "[]"),
        ("none.yaml", "[]"),
        ("table.json", '{"user": "x"}'),
        ("blank.json", " \n"),
    ):
        desk.put(name, text)
    names = "[deep.jsonl, odd.jsonl, deeper.jsonl, open.json, more.json, none.json, none.yaml, table.json, blank.json]"
    assert desk.faults(desk.tests(f"tuple_files: {names}\n")) == [
        "deep.jsonl:1:1: lists and tables lie more than 64 deep in each other",
        "odd.jsonl:1:1: `NaN` is no number",
        "deeper.jsonl:1:1: lists and tables lie more than 64 deep in each other",
        "open.json:1:16: `,` or `]` is wanted",
        "more.json:1:4: nothing may follow the list",
        "none.yaml: the file is empty",
        "table.json:1:1: a list `[...]` is wanted",
        "blank.json: the file is empty",
    ]
    assert deep.stat().st_size == 100_000


def test_a_huge_file_is_refused_unread(desk: Desk) -> None:
    """A file of more than 8 MiB is not read."""
    path = desk.put("a.fga.yaml", "#" * (8 * 2**20 + 1))
    assert desk.faults(path) == ["a.fga.yaml: the file has more than 8388608 bytes"]


def test_a_file_is_utf_8(desk: Desk) -> None:
    """Bytes that are no UTF-8 are refused with their place; a byte order mark is left out."""
    path = desk.folder / "a.fga.yaml"
    path.write_bytes(b"name: \xff")
    assert desk.faults(path) == ["a.fga.yaml: the file is not written in UTF-8: invalid start byte at byte 6"]
    path.write_bytes(
        b"\xef\xbb\xbf" + f"model: |\r\n{indented(MODEL)}".replace("\n", "\r\n").replace("\r\r", "\r").encode()
    )
    assert desk.faults(path) == []


def test_control_characters_are_refused_or_escaped(desk: Desk) -> None:
    """No file makes the terminal do anything: what cannot be seen is no YAML, or is shown escaped."""
    (fault,) = desk.faults(desk.put("a.fga.yaml", "name: \x1b[31m"))
    assert fault.startswith("a.fga.yaml: this is no YAML: ")
    path = desk.tests(
        'tests:\n  - name: "\\e[31m\\nall is well"\n    check:\n'
        '      - {user: "user:\\e", object: "document:1", assertions: {viewer: true}}\n'
    )
    said = desk.type("test", path)
    assert "\x1b" not in said.out
    assert "\\x1b[31m\\nall is well" in said.out


def test_patterns_and_directories_lead_to_files(desk: Desk) -> None:
    """A directory means its files of tests at any depth, a pattern whatever it matches, and each file counts once."""
    for name in ("b.fga.yaml", "x/a.fga.yml", "x/y/c.fga.yaml", "x/other.yaml"):
        desk.put(name, "")
    root = str(desk.folder)
    assert [each.name for each in policy_files([root, f"{root}/b.fga.yaml"])] == [
        "b.fga.yaml",
        "a.fga.yml",
        "c.fga.yaml",
    ]
    assert [each.name for each in policy_files([f"{root}/**/*.yaml"])] == ["b.fga.yaml", "other.yaml", "c.fga.yaml"]
    for nothing in (f"{root}/none", f"{root}/*.toml", f"{root}/x/y/z"):
        with pytest.raises(NothingFound, match="leads to no file"):
            policy_files([nothing])


def test_what_is_hidden_is_not_looked_into(desk: Desk) -> None:
    """A directory's environments and tool folders, whose names begin with a dot, are no part of it."""
    for name in ("a.fga.yaml", ".venv/b.fga.yaml", "x/.hidden.fga.yaml"):
        desk.put(name, "")

    assert [each.name for each in policy_files([str(desk.folder)])] == ["a.fga.yaml"]


@pytest.mark.parametrize("word", ["", "a" * 5_000, "a\0b"], ids=["empty", "long", "NUL"])
def test_a_path_that_cannot_be_is_told(word: str) -> None:
    """A path that no system could open leads to no file, and raises nothing else."""
    with pytest.raises(NothingFound):
        policy_files([word])
