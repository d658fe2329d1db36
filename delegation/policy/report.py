"""How tests ended, told to people: what fails comes first, with the place to look at and the reason."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

from delegation.policy.answering import Answer
from delegation.policy.faults import Fault, printable, printable_lines
from delegation.policy.questions import Check, ListObjects, Question
from delegation.policy.running import Outcome, Result, counts


@dataclass(frozen=True, slots=True)
class FileResult:
    """How the tests of one file ended, or what made it impossible to run them."""

    path: str
    results: tuple[Result, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether the file could be run, something was asserted, and every test of it passes."""
        return not self.faults and self.is_telling and all(result.has_passed for result in self.results)

    @property
    def is_telling(self) -> bool:
        """Whether anything was asserted at all."""
        return any(result.outcomes for result in self.results)


def told(files: Sequence[FileResult]) -> str:
    """Return what a person is told: the failing tests of all files, then how many of what there are."""
    failing = "\n---\n".join(each for file in files for each in _failures(file))
    summary = "\n".join(_summary(files))
    return printable_lines(f"{failing}\n---\n{summary}" if failing else summary)


def asked(question: Question) -> str:
    """Return a question in words."""
    match question:
        case Check(user, relation, thing):
            return printable(f"check {user} {relation} {thing}")
        case ListObjects(user, relation, type_):
            return printable(f"list_objects {user} {relation} {type_}")
        case _:
            return printable(f"list_users {question.object} {question.relation} {question.form}")


def _failures(file: FileResult) -> Iterator[str]:
    if file.faults:
        yield "\n".join([f"(ABORTED) {file.path}: the tests cannot be run", *map(str, file.faults)])
    for result in file.results:
        if not result.has_passed:
            yield "\n".join([_heading(result), *(_failure(each) for each in result.outcomes if not each.has_passed)])


def _heading(result: Result) -> str:
    kinds = " | ".join(f"{kind} ({passed}/{total} passing)" for kind, (passed, total) in counts([result]).items())
    return f"(FAILING) {printable(result.test.name)}: {kinds}"


def _failure(outcome: Outcome) -> str:
    assertion = outcome.assertion
    got = f"N/A, error: {outcome.error}" if outcome.got is None else shown(outcome.got)
    lines = [f"{assertion.place}: {asked(assertion.question)}{_context(assertion.context)}"]
    lines += [f"  expected: {shown(assertion.question.expected)}", f"  got:      {got}"]
    lines += [f"  why:      {indent(why, ' ' * 12).lstrip()}" for why in outcome.why]
    return "\n".join(lines)


def _context(context: Mapping[str, object]) -> str:
    return f", context {printable(json.dumps(context, ensure_ascii=False))}" if context else ""


def shown(answer: Answer) -> str:
    """Return an answer as it is written in files."""
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return printable(f"[{', '.join(answer)}]")


def _summary(files: Sequence[FileResult]) -> Iterator[str]:
    yield "# Test Summary #"
    for file in files:
        if len(files) > 1:
            yield f"# file: {file.path}"
        if file.faults:
            yield f"aborted: {len(file.faults)} {'fault' if len(file.faults) == 1 else 'faults'}"
            continue
        if not file.is_telling:
            yield "no assertion was run: a test wants `check`, `list_objects` or `list_users`"
        yield f"Tests {sum(each.has_passed for each in file.results)}/{len(file.results)} passing"
        for kind, (passed, total) in counts(file.results).items():
            yield f"{kind} {passed}/{total} passing"
