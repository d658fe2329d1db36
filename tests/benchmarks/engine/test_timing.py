"""How time is taken; how much of it passes is no test's business."""

from benchmarks.engine.timing import Ask, fastest, microseconds, resident


def test_each_way_is_asked_each_question_in_each_round() -> None:
    """All ways are asked the same, however many parts the questions come in."""
    heard: dict[str, list[int]] = {"one": [], "other": []}
    asked = [(number, None, None) for number in range(501)]

    def way(name: str) -> Ask:
        return lambda number, _, __: heard[name].append(number)

    times = fastest(*((way(name), asked) for name in heard), rounds=2)

    assert [sorted(numbers) for numbers in heard.values()] == [sorted([*range(501), *range(501)])] * 2
    assert all(took > 0 for took in times)


def test_a_single_call_is_repeated_until_it_can_be_timed() -> None:
    """A call is made once for what it remembers, and then many times."""
    calls: list[None] = []

    assert microseconds(lambda: calls.append(None), rounds=2) > 0
    assert len(calls) > 2


def test_a_process_has_some_memory() -> None:
    """Where the system tells, it is more than a Python without anything takes."""
    assert (resident() or 2**30) > 2**20
