"""From a path to a policy: what is written there, decoded strictly and found to fit its model."""

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, count
from pathlib import Path, PurePath

from delegation.policy.assertions import FORMS, Allowance, several_filters
from delegation.policy.fact_files import facts_in
from delegation.policy.facts import Fact, Key, fact_from, validate_facts
from delegation.policy.faults import Fault, Gathering, Place, quoted
from delegation.policy.model_files import model_in, model_within
from delegation.policy.models import PolicyModel
from delegation.policy.questions import Assertion, PolicyFile, PolicyTest
from delegation.policy.sources import Folder, Source
from delegation.policy.values.nodes import Node, Table
from delegation.policy.values.strict_yaml import read_yaml

ENDINGS = (".fga.yaml", ".fga.yml")
"""How the names of files that hold tests end."""

_FILE = frozenset({"name", "model", "model_file", "tuples", "tuple_file", "tuple_files", "tests"})
_TEST = frozenset({"name", "description", "tuples", "tuple_file", *FORMS})


def read_policy(path: Path, *, allow_external_files: bool = False) -> PolicyFile:
    """Return the policy of a file with a model, facts and tests, or of one with a model alone.

    Raises `InvalidPolicy` naming everything that is wrong with it, as far as one fault does not hide another.
    """
    folder = Folder(path.parent, allow_external_files)
    with folder.shown():
        policy = _read(path, folder)
    return replace(policy, warnings=tuple(folder.with_line(each) for each in policy.warnings))


def _read(path: Path, folder: Folder) -> PolicyFile:
    source = folder.open(path)
    if path.name.endswith((".yaml", ".yml")):
        return _policy(source, folder)
    model = model_in(source, folder)
    return PolicyFile(str(path), path.name, model, warnings=model.warnings)


def _policy(source: Source, folder: Folder) -> PolicyFile:
    table = read_yaml(source).table("the file")
    gathering = Gathering()
    facts: tuple[Fact, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    with gathering.part():
        table.only(_FILE)
    with gathering.part():
        facts = _facts(table, folder)
    with gathering.part():
        tests = _tests(table, folder)
    model = gathering.last(lambda: _model(table, source, folder))
    _validate(model, facts, tests)
    name = table.text_or_none("name") or PurePath(source.name).name
    return PolicyFile(source.name, name, model, facts, tests, (*model.warnings, *_warnings(table)))


def _model(table: Table, source: Source, folder: Folder) -> PolicyModel:
    written, reference = table.get("model"), table.get("model_file")
    if written is not None:
        return model_within(written, source)
    if reference is None:
        raise table.node.fault("the file needs a `model` or a `model_file`")
    path = reference.text("`model_file`")
    return model_in(folder.read(path, reference.place), folder.at(path))


def _facts(table: Table, folder: Folder) -> tuple[Fact, ...]:
    """Return the facts that a file or a test lists itself, and then those of the files that it names."""
    gathering = Gathering()
    facts: list[Fact] = []
    references = [each for each in (table.get("tuple_file"),) if each is not None]
    with gathering.part():
        listed = table.get("tuples")
        facts.extend(() if listed is None else listed.each("`tuples`", fact_from))
    with gathering.part():
        references.extend(table.items("tuple_files"))
    for reference in references:
        with gathering.part():
            facts.extend(facts_in(folder.read(reference.text("the path of a file of tuples"), reference.place)))
    gathering.finish()
    return tuple(facts)


def _tests(table: Table, folder: Folder) -> tuple[PolicyTest, ...]:
    numbers, allowance = count(1), Allowance()
    tests = table.get("tests")
    if tests is None:
        return ()
    return tests.each("`tests`", lambda node: _test(node, f"test {next(numbers)}", folder, allowance))


def _test(node: Node, name: str, folder: Folder, allowance: Allowance) -> PolicyTest:
    table = node.table("a test")
    gathering = Gathering()
    facts: tuple[Fact, ...] = ()
    assertions: list[Assertion] = []
    with gathering.part():
        table.only(_TEST)
    with gathering.part():
        facts = _facts(table, folder)
    for key, read in FORMS.items():
        with gathering.part():
            listed = table.get(key)
            groups = () if listed is None else listed.each(quoted(key), partial(read, allowance))
            assertions.extend(chain.from_iterable(groups))
    gathering.finish()
    return PolicyTest(
        table.text_or_none("name") or name,
        table.text_or_none("description") or "",
        facts,
        tuple(assertions),
        node.place,
    )


def _validate(model: PolicyModel, facts: tuple[Fact, ...], tests: tuple[PolicyTest, ...]) -> None:
    """Accept facts that fit the model; no test may list again what all tests share."""
    gathering = Gathering()
    shared: dict[Key, Place] = {}
    with gathering.part():
        validate_facts(model.model, facts, shared)
    for test in tests:
        with gathering.part():
            validate_facts(model.model, test.facts, ChainMap({}, shared))
    gathering.finish()


def _warnings(table: Table) -> Iterator[Fault]:
    """Iterate over what a valid file says without effect."""
    unread = table.get("model_file")
    if unread is not None and table.get("model") is not None:
        yield Fault(unread.place, "`model_file` is not read, because there is a `model`")
    for node in table.items("tests"):
        test = node.table("a test")
        if not any(test.items(key) for key in FORMS):
            yield Fault(node.place, "the test asserts nothing")
        for listed in test.items("list_users"):
            for each in several_filters(listed):
                yield Fault(each.place, "only the first `user_filter` counts")
