"""docs/linearizability.md says what the harness and the model really do."""

import inspect
import re

import pytest

from tests.documentation import DOCS
from tests.linearizability import __main__ as program
from tests.linearizability import test_hammering, test_model
from tests.linearizability.controls import HELD, REMEMBERED, Control
from tests.linearizability.mistakes import Mistake
from tests.linearizability.strikes import STRIKES

PAGE = (DOCS / "linearizability.md").read_text(encoding="utf-8")
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS += ["thirteen", "fourteen", "fifteen", "sixteen"]


def test_the_states_told_are_those_of_the_searches() -> None:
    """Each search within bounds is a row of the page with its number of states, the far ones as the slow suite's."""
    told = re.findall(r"^\| ([^|]+?)( \(slow suite\))? \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    found = [(int(states.replace(",", "")), bool(slow)) for _, slow, states in told]
    assert found == [
        *((states, False) for _, states in test_model.NEAR.values()),
        *((states, True) for _, states in test_model.FAR.values()),
    ]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("{} server processes run on one database", test_hammering.PROCESSES),
        ("in one of {} ways", len(STRIKES)),
        ("{} mistakes can be put into the model", len(Mistake)),
    ],
)
def test_what_is_counted_in_words_is_so_many(words: str, number: int) -> None:
    """Processes, strikes and mistakes are as many as the page says."""
    assert words.format(NUMBERS[number]) in PAGE.replace("Three", "three").replace("Eleven", "eleven")


def test_the_others_of_the_mistakes_are_all_told() -> None:
    """The page tells of each mistake: of one by its history, of the others in a sentence."""
    (others,) = re.findall(r"^The others: (.+)\.$", PAGE, re.MULTILINE)
    assert len(others.split("; ")) == len(Mistake) - 1


def test_every_control_is_told_with_its_times() -> None:
    """The table of controls has each of them, and the seconds for which they keep things or hold them back."""
    told = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert set(told) == {control.value for control in Control if control is not Control.NOTHING}
    assert f"last {REMEMBERED} s" in told["remembered"]
    assert all(f"{HELD * 1_000:.0f} ms longer" in told[each] for each in ("held", "joined-and-held"))


def test_the_strikes_told_are_those_allowed() -> None:
    """How many strikes the full run makes, and how many a fault may survive, are those of the program and the tests."""
    (strikes,) = [each.default for each in program.main.params if each.name == "strikes"]
    assert f"# {strikes:,} strikes on each database" in PAGE
    (allowed,) = re.findall(r"the tests allow (\d+) strikes", PAGE)
    assert f", {allowed}, control)" in inspect.getsource(test_hammering.test_answers_from_the_past_are_noticed)
